#include "admission.h"

#include <inttypes.h>

#include "media_type.h"
#include "multipart.h"
#include "work.h"

static bool check_boundary(struct slice type, struct decode_error *error)
{
    char boundary[PARAMETER_CAPACITY];
    size_t length = 0;
    return (media_type_parameter(type, "boundary", boundary, &length) && length > 0 &&
            length <= MULTIPART_MAX_BOUNDARY) ||
           refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "Content-Type has no boundary of 1 to %d characters", MULTIPART_MAX_BOUNDARY);
}

/* Only the runner reads a body, but the head already names its form. */
static bool check_form(const struct request_head *head, bool *is_script, struct decode_error *error)
{
    struct slice type = head->content_type;
    struct slice essence = type.data ? media_type_essence(type) : slice_of("");
    *is_script = slice_equals_nocase(essence, "text/x-python");
    if (type.length > CONTENT_TYPE_CAPACITY)
        return refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "Content-Type has %zu bytes; it may have %d", type.length,
                      CONTENT_TYPE_CAPACITY);
    if (slice_equals_nocase(essence, "multipart/form-data"))
        return check_boundary(type, error);
    return *is_script || slice_equals_nocase(essence, "application/json") ||
           refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                  "Content-Type is \"%.*s\"; it must be multipart/form-data, application/json "
                  "or text/x-python",
                  essence.length < 100 ? (int)essence.length : 100, essence.data);
}

static bool check_size(const struct request_head *head, bool is_script, uint64_t limit,
                       struct decode_error *error)
{
    if (head->framing == FRAMING_CHUNKED)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "the body must come with a Content-Length, not with Transfer-Encoding");
    if (head->framing == FRAMING_MALFORMED)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "Content-Length is not a number");
    if (limit > 0 && head->length > limit)
        return refuse(error, PROBLEM_TOO_LARGE,
                      "the request has %" PRIu64 " bytes; the limit is %" PRIu64 " bytes",
                      head->length, limit);
    /* No script may be longer, so the front need not receive it first. */
    if (is_script && head->length > MAX_SCRIPT_SIZE)
        return refuse(error, PROBLEM_TOO_LARGE,
                      "the script has %" PRIu64 " bytes; a script may have at most %u bytes",
                      head->length, MAX_SCRIPT_SIZE);
    return true;
}

static bool check_encoding(const struct request_head *head, struct decode_error *error)
{
    struct slice encoding = head->content_encoding;
    return !encoding.data || encoding.length == 0 || slice_equals_nocase(encoding, "identity") ||
           refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                  "Content-Encoding is \"%.*s\"; a body must not be encoded",
                  encoding.length < 100 ? (int)encoding.length : 100, encoding.data);
}

bool admit(const struct request_head *head, uint64_t size_limit, enum answer_form *form,
           struct decode_error *error)
{
    bool is_script;
    return check_encoding(head, error) && check_form(head, &is_script, error) &&
           (accept_choose(head->accept, form) ||
            refuse(error, PROBLEM_NOT_ACCEPTABLE,
                   "Accept takes none of the forms that there are: " ANSWER_FORMS)) &&
           check_size(head, is_script, size_limit, error);
}
