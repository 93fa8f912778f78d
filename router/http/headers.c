#include "headers.h"

static const char *const hop_by_hop[] = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "proxy-connection",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

/* Authorization is for the router alone; the router writes the others itself. */
static const char *const not_to_engine[] = {
    "authorization",   "host",       "expect", "content-length", "x-request-id",
    "x-forwarded-for", "x-queue-ms",
};

/* libmicrohttpd writes these itself. */
static const char *const not_to_client[] = {"content-length", "date"};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_in(struct slice name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equals_nocase(name, list[i]))
            return true;
    }
    return false;
}

/* Whether the comma-separated list contains the word, in any case. */
static bool names(const char *list, struct slice word)
{
    while (list && *list) {
        list += strspn(list, ", \t");
        size_t item = strcspn(list, ", \t");
        if (item == word.length && strncasecmp(list, word.data, item) == 0)
            return true;
        list += item;
    }
    return false;
}

bool header_goes_to_engine(const char *name, const char *connection)
{
    struct slice slice = slice_of(name);
    /* To uWSGI, as to CGI, a_b and a-b are the same field. */
    return !strchr(name, '_') && !is_in(slice, hop_by_hop, COUNT(hop_by_hop)) &&
           !is_in(slice, not_to_engine, COUNT(not_to_engine)) && !names(connection, slice);
}

bool header_goes_to_client(struct slice name, const char *connection)
{
    return name.length > 0 && !is_in(name, hop_by_hop, COUNT(hop_by_hop)) &&
           !is_in(name, not_to_client, COUNT(not_to_client)) && !names(connection, name);
}
