#include "reply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "headers.h"

/* The only function that changes a reply's state. */
static void set_state(struct reply *reply, enum reply_state state)
{
    static const unsigned next[] = {
        [REPLY_NONE] = 1U << REPLY_HEAD | 1U << REPLY_WHOLE | 1U << REPLY_CUT,
        [REPLY_HEAD] = 1U << REPLY_WHOLE | 1U << REPLY_FLOWS | 1U << REPLY_CUT,
        [REPLY_WHOLE] = 1U << REPLY_ENDS | 1U << REPLY_CUT,
        [REPLY_FLOWS] = 1U << REPLY_ENDS | 1U << REPLY_CUT,
        [REPLY_ENDS] = 1U << REPLY_CUT,
        [REPLY_CUT] = 0,
    };
    assert(next[reply->state] & 1U << state);
    reply->state = state;
}

void reply_finish(struct reply *reply)
{
    download_finish(&reply->download);
    field_list_finish(&reply->fields);
    free(reply->own.bytes);
}

bool reply_add_field(struct reply *reply, struct slice name, struct slice value)
{
    if (slice_equals_nocase(name, "connection")) {
        size_t used = strlen(reply->options);
        size_t left = sizeof(reply->options) - used;
        return (size_t)snprintf(reply->options + used, left, "%.*s,", (int)value.length,
                                value.data) < left;
    }
    /* Connection may name fields that came before it; they are left out when the reply is sent. */
    return !header_goes_to_client(name, NULL) || field_list_add(&reply->fields, name, value);
}

void reply_head_ends(struct reply *reply, int64_t length)
{
    reply->length = length;
    set_state(reply, REPLY_HEAD);
}

void reply_ends(struct reply *reply)
{
    set_state(reply, reply->state == REPLY_FLOWS ? REPLY_ENDS : REPLY_WHOLE);
}

void reply_with_own(struct reply *reply)
{
    reply->status = 200;
    set_state(reply, REPLY_WHOLE);
}

void reply_with_refusal(struct reply *reply, const struct refusal *refusal, const char *request_id)
{
    download_finish(&reply->download); /* what came from the engine no longer matters */
    reply->own.bytes =
        problem_encode(refusal->kind, refusal->detail, request_id, &reply->own.length);
    reply->own.media_type = PROBLEM_MEDIA_TYPE;
    reply->allow = refusal->allow;
    reply->realm = refusal->realm;
    reply->retry_after = refusal->retry_after;
    reply->status = problem_status(refusal->kind);
    set_state(reply, REPLY_WHOLE);
}

void reply_cut(struct reply *reply)
{
    set_state(reply, REPLY_CUT);
}

bool reply_has_begun(const struct reply *reply)
{
    return reply->state == REPLY_FLOWS || reply->state == REPLY_ENDS;
}

bool reply_is_settled(const struct reply *reply)
{
    return reply->state == REPLY_WHOLE || reply->state == REPLY_ENDS || reply->state == REPLY_CUT;
}

bool reply_is_final(const struct reply *reply)
{
    return reply_is_settled(reply) || (reply->state != REPLY_NONE && reply->status >= 300);
}

bool reply_is_ready(const struct reply *reply)
{
    if (reply_is_settled(reply))
        return true;
    return reply->state != REPLY_NONE &&
           (reply->length < 0 || reply->length > (int64_t)RING_CAPACITY);
}

struct slice reply_body(const struct reply *reply)
{
    if (reply->own.bytes)
        return (struct slice){reply->own.bytes, reply->own.length};
    if (reply->state != REPLY_WHOLE && reply->state != REPLY_ENDS)
        return (struct slice){NULL, 0};
    return download_in_one_piece(&reply->download);
}

void reply_begin(struct reply *reply)
{
    set_state(reply, reply->state == REPLY_HEAD ? REPLY_FLOWS : REPLY_ENDS);
}

void reply_taken(struct reply *reply, size_t length)
{
    reply->sent = length;
    ring_finish(&reply->download.ring);
}
