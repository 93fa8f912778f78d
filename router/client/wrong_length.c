#include "wrong_length.h"

#include <stddef.h>
#include <string.h>

#include "exchange.h"
#include "handler.h"

#define MOST_DIGITS 18 /* of a Content-Length that fits into 64 bits */

enum length_flaw { LENGTH_FINE, LENGTH_NO_NUMBER, LENGTH_TOO_LARGE };

static enum MHD_Result visit_length(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    enum length_flaw *flaw = context;
    size_t length = value ? strlen(value) : 0;
    if (strcasecmp(name, "Content-Length") != 0)
        return MHD_YES;
    if (length == 0 || strspn(value, "0123456789") != length)
        *flaw = LENGTH_NO_NUMBER;
    else if (length > MOST_DIGITS)
        *flaw = LENGTH_TOO_LARGE;
    return MHD_YES;
}

static void answer(struct connection *connection, enum length_flaw flaw)
{
    struct refusal refusal;
    if (flaw == LENGTH_TOO_LARGE)
        refuse(&refusal, PROBLEM_TOO_LARGE, "Content-Length is too large");
    else
        refuse(&refusal, PROBLEM_MALFORMED_REQUEST, "Content-Length is not a number");
    refusal.ends_connection = true;
    exchange_refuse(connection->exchange, &refusal);
    handler_answer_early(connection);
}

void wrong_length_answer(struct connections *all)
{
    struct silent_member *next;
    for (struct silent_member *member = all->silent.oldest; member; member = next) {
        next = member->younger;
        struct connection *connection =
            (struct connection *)(void *)((char *)member - offsetof(struct connection, silent));
        enum length_flaw flaw = LENGTH_FINE;
        if (connection->state != CONNECTION_HEAD)
            continue;
        MHD_get_connection_values(connection->library, MHD_HEADER_KIND, visit_length, &flaw);
        if (flaw != LENGTH_FINE)
            answer(connection, flaw);
    }
}
