#include "endpoint.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "slice.h"
#include "visible.h"

/* The parts of a URL (RFC 3986), as they stand in the text. All borrowed. */
struct parts {
    const char *text;  /* whole, trimmed */
    struct slice user; /* with its @; empty if there is none */
    struct slice host; /* without brackets */
    struct slice port; /* without its colon */
    struct slice path;
    bool secure, has_query;
};

static const char *const own_paths[] = {"/execute", "/info", "/healthz", "/metrics"};

/* The text without user and password, which no sentence may show. */
static const char *without_user(const char *text)
{
    const char *at = strrchr(text, '@');
    return at ? at + 1 : text;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static char *trimmed(const char *text)
{
    while (is_blank(*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    return strndup(text, length);
}

static bool has_odd_bytes(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= 0x20 || *text == 0x7f || *text == '\\')
            return true;
    }
    return false;
}

/* Reads the scheme; *rest is what follows the "://". */
static bool read_scheme(struct parts *parts, const char **rest, struct sentence *why)
{
    size_t length = 0;
    while (isalnum((unsigned char)parts->text[length]) ||
           (parts->text[length] && strchr("+.-", parts->text[length])))
        length++;
    char shown[QUOTED];
    if (!isalpha((unsigned char)parts->text[0]) || strncmp(parts->text + length, "://", 3) != 0) {
        const char *text = without_user(parts->text);
        return sentence_say(why, "the endpoint %s has no scheme; did you mean http://%s?",
                            visible_quoted(shown, text), text);
    }
    struct slice scheme = {parts->text, length};
    parts->secure = slice_equals_nocase(scheme, "https");
    if (!parts->secure && !slice_equals_nocase(scheme, "http"))
        return sentence_say(why,
                            "the endpoint must begin with http:// or https://, not with %.*s://",
                            (int)length, parts->text);
    *rest = parts->text + length + 3;
    return true;
}

/* Splits what is between the slashes: user@host:port, or user@[v6]:port. */
static bool read_authority(struct parts *parts, struct slice text, struct sentence *why)
{
    const char *end = text.data + text.length;
    const char *at = memrchr(text.data, '@', text.length);
    const char *host = at ? at + 1 : text.data;
    const char *close = memchr(host, ']', (size_t)(end - host));
    bool opens = host < end && *host == '[';
    parts->user = (struct slice){text.data, (size_t)(host - text.data)};
    if (opens != (close != NULL) || memchr(host + opens, '[', (size_t)(end - host) - opens))
        return sentence_say(why, "the endpoint is no URL: Invalid IPv6 URL");
    const char *colon = memchr(close ? close : host, ':', (size_t)(end - (close ? close : host)));
    const char *host_end = close ? close : colon ? colon : end;
    host += opens;
    parts->host = (struct slice){host, (size_t)(host_end - host)};
    if (close && close + 1 < end && close[1] != ':')
        return sentence_say(why, "the endpoint is no URL: Invalid IPv6 URL");
    if (colon)
        parts->port = (struct slice){colon + 1, (size_t)(end - colon - 1)};
    return true;
}

static bool split(struct parts *parts, struct sentence *why)
{
    const char *rest = parts->text;
    if (!read_scheme(parts, &rest, why))
        return false;
    struct slice authority = {rest, strcspn(rest, "/?#")};
    if (!read_authority(parts, authority, why))
        return false;
    rest += authority.length;
    parts->path = (struct slice){rest, strcspn(rest, "?#")};
    parts->has_query = rest[parts->path.length] != '\0';
    while (parts->path.length > 0 && parts->path.data[parts->path.length - 1] == '/')
        parts->path.length--;
    return true;
}

/* RFC 1035 §2.3.4; the root's dot may end it. */
static bool has_labels(const char *host)
{
    size_t length;
    for (; (length = strcspn(host, ".")) > 0 && length <= 63; host += length + 1) {
        if (host[length] == '\0' || host[length + 1] == '\0')
            return true;
    }
    return false;
}

/* A host's name as DNS has it. libcurl knows about those beyond ASCII; it sends nothing here. */
static bool take_host(struct endpoint *endpoint, const struct parts *parts, struct sentence *why)
{
    char shown[QUOTED], *host = NULL, *found = NULL;
    if (parts->host.length == 0)
        return sentence_say(
            why, "the endpoint %s names no host; it must be like http://standpy-router/engine",
            visible_quoted(shown, without_user(parts->text)));
    bool v6 = memchr(parts->host.data, ':', parts->host.length) != NULL;
    CURLU *url = curl_url();
    if (asprintf(&host, v6 ? "[%.*s]" : "%.*s", (int)parts->host.length, parts->host.data) >= 0 &&
        url && curl_url_set(url, CURLUPART_SCHEME, "http", 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &found, CURLU_PUNYCODE) == CURLUE_OK) {
        size_t length = strlen(found) - (v6 ? 2 : 0);
        if (v6 || has_labels(found))
            endpoint->host = strndup(found + v6, length);
    }
    curl_free(found);
    curl_url_cleanup(url);
    for (char *c = endpoint->host; c && *c && *c != '%'; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!endpoint->host)
        sentence_say(why, "the endpoint's host %s is no name of a host",
                     visible_quoted(shown, host ? host : ""));
    free(host);
    return endpoint->host != NULL;
}

static bool take_port(struct endpoint *endpoint, const struct parts *parts, struct sentence *why)
{
    char digits[10], shown[QUOTED];
    endpoint->port = parts->secure ? 443 : 80;
    if (parts->port.length == 0)
        return true;
    struct slice port = parts->port;
    while (port.length > 1 && *port.data == '0') {
        port.data++;
        port.length--;
    }
    snprintf(digits, sizeof(digits), "%.*s", (int)port.length, port.data);
    if (port.length < sizeof(digits) && number_parse(digits, 1, 65535, &endpoint->port))
        return true;
    return sentence_say(why, "the endpoint %s has a port that is no number from 1 to 65535",
                        visible_quoted(shown, without_user(parts->text)));
}

static bool check_path(const struct parts *parts, struct sentence *why)
{
    char shown[QUOTED];
    struct slice path = parts->path;
    for (size_t i = 0; i < sizeof(own_paths) / sizeof(*own_paths); i++) {
        size_t own = strlen(own_paths[i]);
        if (path.length >= own && memcmp(path.data + path.length - own, own_paths[i], own) == 0)
            return sentence_say(why, "the endpoint must not end with %s; it is %.*s", own_paths[i],
                                (int)(path.data + path.length - own - parts->text), parts->text);
    }
    for (size_t i = 0; i < path.length; i++) {
        if ((unsigned char)path.data[i] >= 0x80)
            return sentence_say(
                why, "the endpoint %s has a path that is not ASCII; write such characters as %%XX",
                visible_quoted(shown, parts->text));
    }
    return true;
}

static bool take(struct endpoint *endpoint, struct parts *parts, struct sentence *why)
{
    char shown[QUOTED];
    if (*parts->text == '\0')
        return sentence_say(
            why, "the endpoint is empty; it must be a URL such as http://standpy-router/engine");
    if (has_odd_bytes(parts->text))
        return sentence_say(why,
                            "the endpoint has a space, a backslash or a control character in it");
    if (!split(parts, why) || !take_host(endpoint, parts, why))
        return false;
    if (parts->user.length > 0)
        return sentence_say(why, "the endpoint must not have a user or password in it; pass the "
                                 "token as the token");
    if (parts->has_query)
        return sentence_say(why,
                            "the endpoint %s must end with the engine's name, without a query (?) "
                            "or fragment (#)",
                            visible_quoted(shown, parts->text));
    if (!check_path(parts, why) || !take_port(endpoint, parts, why))
        return false;
    endpoint->secure = parts->secure;
    endpoint->path = strndup(parts->path.data, parts->path.length);
    return endpoint->path || sentence_say(why, "there is no memory left");
}

bool endpoint_parse(struct endpoint *endpoint, const char *text, struct sentence *why)
{
    *endpoint = (struct endpoint){0};
    char *whole = trimmed(text);
    struct parts parts = {.text = whole};
    bool taken = whole ? take(endpoint, &parts, why) : sentence_say(why, "there is no memory left");
    if (!taken)
        endpoint_finish(endpoint);
    free(whole);
    return taken;
}

void endpoint_finish(struct endpoint *endpoint)
{
    free(endpoint->host);
    free(endpoint->path);
    *endpoint = (struct endpoint){0};
}

char *endpoint_url(const struct endpoint *endpoint, const char *path)
{
    char port[16] = "", *url;
    bool v6 = strchr(endpoint->host, ':') != NULL;
    if (endpoint->port != (endpoint->secure ? 443 : 80))
        snprintf(port, sizeof(port), ":%u", endpoint->port);
    int written =
        asprintf(&url, "%s://%s%s%s%s%s%s", endpoint->secure ? "https" : "http", v6 ? "[" : "",
                 endpoint->host, v6 ? "]" : "", port, endpoint->path, path);
    return written < 0 ? NULL : url;
}

const char *endpoint_engine(const struct endpoint *endpoint)
{
    const char *slash = strrchr(endpoint->path, '/');
    return slash ? slash + 1 : endpoint->path;
}

bool endpoint_check_token(const char *token, struct sentence *why)
{
    if (*token == '\0')
        return sentence_say(why, "the token is empty; leave it out if the engine has none");
    if (strpbrk(token, "\r\n"))
        return sentence_say(why, "the token has a line break in it; was it read from a file? Then "
                                 "strip it, or use token_file");
    for (; *token; token++) {
        if (*token < 0x21 || *token > 0x7e)
            return sentence_say(why, "the token has a space, a control character or a character "
                                     "beyond ASCII in it");
    }
    return true;
}
