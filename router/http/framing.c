#include "framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "field_syntax.h"

static void note(struct framing *framing, const char *error)
{
    if (!framing->error)
        framing->error = error;
}

/* Digits only. The caller has checked that there are few enough for 64 bits. */
static bool parse_length(struct slice value, int64_t *length)
{
    *length = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        *length = *length * 10 + (value.data[i] - '0');
    }
    return value.length > 0;
}

static void add_length(struct framing *framing, struct slice value)
{
    framing->lengths++;
    if (value.length > 18 || !parse_length(value, &framing->length))
        note(framing, "Content-Length is not a number");
}

void framing_add(struct framing *framing, struct slice name, struct slice value)
{
    if (!field_is_token(name))
        note(framing, "a header field's name is malformed");
    if (!field_is_value(value))
        note(framing, "a header field's value has a control character");
    if (slice_equals_nocase(name, "host")) {
        framing->hosts++;
    } else if (slice_equals_nocase(name, "content-length")) {
        add_length(framing, value);
    } else if (slice_equals_nocase(name, "transfer-encoding")) {
        framing->codings++;
        framing->is_chunked = slice_equals_nocase(value, "chunked");
    }
}

static void check_length(struct framing *framing)
{
    if (framing->lengths > 0 && framing->codings > 0)
        note(framing, "the head has both Content-Length and Transfer-Encoding");
    if (framing->lengths > 1)
        note(framing, "the head has more than one Content-Length");
}

bool framing_check_reply(struct framing *framing)
{
    check_length(framing);
    if (framing->codings > 0 && (framing->codings > 1 || !framing->is_chunked))
        note(framing, "Transfer-Encoding must be chunked, once");
    return framing->error == NULL;
}

bool framing_check(struct framing *framing, const char *version, const char *method)
{
    bool is_old = strcmp(version, "HTTP/1.0") == 0;
    if (!field_is_token(slice_of(method)))
        note(framing, "the method is malformed");
    if (framing->hosts != 1 && !(is_old && framing->hosts == 0))
        note(framing, "the request has no Host, or more than one");
    check_length(framing);
    if (framing->codings > 0 && (framing->codings > 1 || !framing->is_chunked || is_old))
        note(framing, "Transfer-Encoding must be chunked, once, and in HTTP/1.1");
    if (framing->lengths + framing->codings > 0 && strcmp(method, "HEAD") == 0)
        note(framing, "a HEAD request has no body");
    return framing->error == NULL;
}
