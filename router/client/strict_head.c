#include "strict_head.h"

#include <string.h>

#if MHD_VERSION >= 0x01000000

bool strict_head_check(struct MHD_Connection *connection, const struct first_line *first)
{
    (void)connection;
    (void)first;
    return true;
}

#else

/*
 * The library parses in place: names and values point into the head as it came. There each byte of
 * a line's end, and each colon, has become a NUL (get_next_header_line and process_header_line in
 * its connection.c). So anything that it skipped or moved shows as a gap.
 */
struct walk {
    const char *next; /* where the next line begins, if nothing is wrong */
    bool whole;
};

static bool ends_line(const char *end)
{
    return end[0] == '\0' && end[1] == '\0';
}

static enum MHD_Result visit(void *context, enum MHD_ValueKind kind, const char *name,
                             size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    struct walk *walk = context;
    walk->whole = false;
    if (name != walk->next || !value)
        return MHD_NO;
    const char *at = name + name_length + 1; /* after the colon */
    at += strspn(at, " \t");
    if (at != value || !ends_line(value + value_length))
        return MHD_NO;
    walk->next = value + value_length + 2;
    walk->whole = true;
    return MHD_YES;
}

static bool is_strict_first_line(const struct first_line *first)
{
    const char *target = first->method + strlen(first->method) + 1;
    return first->target == target && first->version == target + first->target_length + 1;
}

/* A NUL after the last value would pass for the end of its line, and the real end for the empty
 * line. */
static bool ends_head(struct MHD_Connection *connection, const char *method, const char *end)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info && end == method + info->header_size;
}

bool strict_head_check(struct MHD_Connection *connection, const struct first_line *first)
{
    const char *end = first->version + strlen(first->version);
    struct walk walk = {end + 2, ends_line(end) && is_strict_first_line(first)};
    if (walk.whole)
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, visit, &walk);
    return walk.whole && ends_line(walk.next) &&
           ends_head(connection, first->method, walk.next + 2);
}

#endif
