#include "tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#define BASIC_CAPACITY 4096 /* bytes of user and password */

/* Visible ASCII without spaces. RFC 6750 allows less, but people make tokens. Quotes around a token
 * are a mistake: they come from a file of variables, and nobody removed them there. */
static bool is_token(const char *token)
{
    size_t length = strlen(token);
    for (const char *c = token; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return false;
    }
    bool quoted =
        length > 1 && (token[0] == '"' || token[0] == '\'') && token[length - 1] == token[0];
    return length > 0 && !quoted;
}

static bool add_one(struct tokens *tokens, const char *token)
{
    if (!is_token(token))
        return false;
    char **list = reallocarray(tokens->list, tokens->count + 1, sizeof(*list));
    if (!list)
        return false;
    tokens->list = list;
    list[tokens->count] = strdup(token);
    if (!list[tokens->count])
        return false;
    tokens->count++;
    return true;
}

bool tokens_add(struct tokens *tokens, const char *text)
{
    char *copy = strdup(text), *rest = copy, *one;
    bool added = copy != NULL;
    while (added && (one = strsep(&rest, ",")) != NULL)
        added = add_one(tokens, one + strspn(one, " "));
    if (copy)
        explicit_bzero(copy, strlen(text));
    free(copy);
    return added;
}

void tokens_free(struct tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++)
        free(tokens->list[i]);
    free(tokens->list);
    *tokens = (struct tokens){0};
}

bool tokens_are(const char *text)
{
    struct tokens tokens = {0};
    bool are = tokens_add(&tokens, text);
    tokens_free(&tokens);
    return are;
}

static bool equal_in_constant_time(const char *token, struct slice sent)
{
    size_t length = strlen(token);
    unsigned different = length != sent.length;
    for (size_t i = 0; i < sent.length; i++) {
        /* Beyond the token's end, compare with its null: every length takes the same work. */
        size_t at = i < length ? i : length;
        different |= (unsigned char)token[at] ^ (unsigned char)sent.data[i];
    }
    return different == 0;
}

/* What follows the name of a scheme. False if the field is of another one. */
static bool read_scheme(struct slice authorization, const char *scheme, struct slice *rest)
{
    size_t skip = strlen(scheme);
    if (!authorization.data || authorization.length < skip ||
        strncasecmp(authorization.data, scheme, skip) != 0)
        return false;
    /* libmicrohttpd 0.9.75 does not strip the spaces after a value. */
    *rest = slice_trim((struct slice){authorization.data + skip, authorization.length - skip});
    return true;
}

static bool is_one(const struct tokens *tokens, struct slice sent)
{
    bool allowed = false;
    for (size_t i = 0; i < tokens->count; i++) /* all of them, so that timing reveals nothing */
        allowed |= equal_in_constant_time(tokens->list[i], sent);
    return allowed;
}

bool tokens_allow(const struct tokens *tokens, struct slice authorization)
{
    struct slice sent;
    return tokens->count == 0 ||
           (read_scheme(authorization, "Bearer ", &sent) && is_one(tokens, sent));
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Base64 (RFC 4648 §4). Returns the bytes; -1 if it is malformed or has more than that. */
static ssize_t decode_base64(struct slice text, char *out, size_t capacity)
{
    size_t length = 0, padding = 0;
    unsigned bits = 0;
    while (padding < 2 && text.length > 0 && text.data[text.length - 1] == '=') {
        text.length--;
        padding++;
    }
    if ((text.length + padding) % 4 != 0)
        return -1;
    for (size_t i = 0; i < text.length; i++) {
        int digit = digit_of(text.data[i]);
        if (digit < 0)
            return -1;
        bits = bits << 6 | (unsigned)digit;
        if (i % 4 == 0)
            continue;
        if (length == capacity)
            return -1;
        out[length++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return (ssize_t)length;
}

bool tokens_allow_basic(const struct tokens *tokens, struct slice authorization)
{
    char text[BASIC_CAPACITY];
    struct slice encoded;
    if (tokens->count == 0)
        return true;
    ssize_t length = read_scheme(authorization, "Basic ", &encoded)
                         ? decode_base64(encoded, text, sizeof(text))
                         : -1;
    const char *colon = length > 0 ? memchr(text, ':', (size_t)length) : NULL;
    bool allowed = false;
    if (colon)
        allowed = is_one(tokens, (struct slice){colon + 1, (size_t)(text + length - (colon + 1))});
    explicit_bzero(text, sizeof(text));
    return allowed;
}
