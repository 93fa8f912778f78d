#include "body.h"

#include <assert.h>
#include <inttypes.h>

/* A client with so many bytes in its socket is ahead; libmicrohttpd reads half as many at once. */
#define AHEAD ((uint64_t)32 * 1024)
/* Bytes of an unwanted body, before the client is cut off. */
#define MAX_DISCARD ((uint64_t)4 << 30)

/* The only function that changes a body's state. */
static void set_state(struct body *body, enum body_state state)
{
    static const unsigned next[] = {
        [BODY_FILLS] =
            1U << BODY_COLLECTS | 1U << BODY_UNCHUNKS | 1U << BODY_STREAMS | 1U << BODY_WHOLE,
        [BODY_COLLECTS] = 1U << BODY_STREAMS | 1U << BODY_WHOLE,
        [BODY_UNCHUNKS] = 1U << BODY_WHOLE,
        [BODY_STREAMS] = 1U << BODY_WHOLE,
        [BODY_WHOLE] = 0,
    };
    assert(next[body->state] & 1U << state);
    body->state = state;
}

void body_begin(struct body *body, int64_t length, bool is_chunked)
{
    body->length = length;
    if (is_chunked)
        set_state(body, BODY_UNCHUNKS);
}

bool body_is_announced(const struct body *body)
{
    return body->length > 0 || body->state == BODY_UNCHUNKS;
}

static bool client_is_ahead(const struct body *body)
{
    uint64_t rest = (uint64_t)body->length - body->received;
    return rest > 0 && body->ready(body->client) >= (rest < AHEAD ? rest : AHEAD);
}

static enum step start(struct body *body)
{
    set_state(body, BODY_STREAMS);
    return STEP_START;
}

static enum step refuse_for_memory(struct refusal *refusal)
{
    return refuse(refusal, PROBLEM_INTERNAL, "no memory for the body");
}

static enum step unchunk(struct body *body, const char *bytes, size_t length,
                         struct refusal *refusal)
{
    body->received += length;
    if (body->size_limit > 0 && body->received > body->size_limit)
        return refuse(refusal, PROBLEM_TOO_LARGE,
                      "the request has more than the limit of %" PRIu64 " bytes", body->size_limit);
    if (!buffer_write(&body->collected, bytes, length, UINT64_MAX))
        return refuse_for_memory(refusal);
    return STEP_TAKE;
}

static enum step stream(struct body *body, const char *bytes, size_t length, size_t *taken,
                        struct refusal *refusal)
{
    *taken = ring_write(&body->ring, bytes, length);
    body->received += *taken;
    if (length > 0 && !body->ring.data) /* else nobody would ever wake the client */
        return refuse_for_memory(refusal);
    return *taken < length ? STEP_WAIT : STEP_TAKE;
}

static enum step collect(struct body *body, const char *bytes, size_t length, size_t *taken,
                         struct refusal *refusal)
{
    if (!buffer_write(&body->collected, bytes, length, body->buffer_limit)) {
        start(body);
        return stream(body, bytes, length, taken, refusal) == STEP_REFUSE ? STEP_REFUSE
                                                                          : STEP_START;
    }
    *taken = length;
    body->received += length;
    return client_is_ahead(body) ? start(body) : STEP_TAKE;
}

/* The ring is full, and none of it has gone to the engine yet. */
static enum step go_on(struct body *body, const char *bytes, size_t length, size_t *taken,
                       struct refusal *refusal)
{
    struct ring *ring = &body->ring;
    *taken = 0;
    if (client_is_ahead(body) ||
        !buffer_write(&body->collected, ring->data, ring->length, body->buffer_limit))
        return start(body);
    set_state(body, BODY_COLLECTS);
    ring_finish(ring);
    return length > 0 ? collect(body, bytes, length, taken, refusal) : STEP_TAKE;
}

static enum step fill(struct body *body, const char *bytes, size_t length, size_t *taken,
                      struct refusal *refusal)
{
    enum step step = stream(body, bytes, length, taken, refusal);
    if (step == STEP_REFUSE || body->length <= (int64_t)RING_CAPACITY ||
        ring_space(&body->ring) > 0)
        return step;
    size_t more;
    step = go_on(body, bytes + *taken, length - *taken, &more, refusal);
    *taken += more;
    return step;
}

enum step body_receive(struct body *body, const char *bytes, size_t length, size_t *taken,
                       struct refusal *refusal)
{
    *taken = length;
    switch (body->state) {
    case BODY_FILLS:
        return fill(body, bytes, length, taken, refusal);
    case BODY_COLLECTS:
        return collect(body, bytes, length, taken, refusal);
    case BODY_UNCHUNKS:
        return unchunk(body, bytes, length, refusal);
    case BODY_STREAMS:
    case BODY_WHOLE:
        break;
    }
    return stream(body, bytes, length, taken, refusal);
}

bool body_discard(struct body *body, size_t length)
{
    body->received += length;
    body->discarded += length;
    return body->discarded < MAX_DISCARD;
}

enum step body_end(struct body *body)
{
    bool is_on_the_way = body->state == BODY_STREAMS;
    if (body->state == BODY_UNCHUNKS)
        body->length = (int64_t)body->received;
    set_state(body, BODY_WHOLE);
    return is_on_the_way ? STEP_TAKE : STEP_START;
}

const char *body_in_one_piece(const struct body *body)
{
    bool is_here =
        body->length > 0 && body->ring.start == 0 && body->ring.length == (size_t)body->length;
    return is_here ? body->ring.data : NULL;
}

size_t body_give(struct body *body, char *into, size_t capacity)
{
    size_t given = buffer_read(&body->collected, into, capacity);
    return given > 0 ? given : ring_read(&body->ring, into, capacity);
}

void body_finish(struct body *body)
{
    ring_finish(&body->ring);
    buffer_finish(&body->collected);
}
