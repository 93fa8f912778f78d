#include "states.h"

#define IS(state) (1U << (state))

/* For each state, those that may follow it. */

bool connection_may_follow(enum connection_state before, enum connection_state after)
{
    static const unsigned followers[CONNECTION_STATES] = {
        [CONNECTION_NEW] = IS(CONNECTION_FRESH),
        [CONNECTION_FRESH] = IS(CONNECTION_HEAD) | IS(CONNECTION_WAITING) | IS(CONNECTION_CLOSED),
        [CONNECTION_IDLE] = IS(CONNECTION_HEAD) | IS(CONNECTION_WAITING) | IS(CONNECTION_CLOSED),
        [CONNECTION_HEAD] = IS(CONNECTION_WAITING) | IS(CONNECTION_CLOSED),
        [CONNECTION_BODY] = IS(CONNECTION_BODY) | IS(CONNECTION_PAUSED) | IS(CONNECTION_WAITING) |
                            IS(CONNECTION_CLOSED),
        [CONNECTION_PAUSED] = IS(CONNECTION_BODY) | IS(CONNECTION_WAITING) | IS(CONNECTION_CLOSED),
        [CONNECTION_WAITING] = IS(CONNECTION_BODY) | IS(CONNECTION_ANSWERING) |
                               IS(CONNECTION_STREAMING) | IS(CONNECTION_CLOSED),
        [CONNECTION_STREAMING] = IS(CONNECTION_STREAMING) | IS(CONNECTION_BLOCKED) |
                                 IS(CONNECTION_ANSWERING) | IS(CONNECTION_CLOSED),
        [CONNECTION_BLOCKED] = IS(CONNECTION_BLOCKED) | IS(CONNECTION_STREAMING) |
                               IS(CONNECTION_ANSWERING) | IS(CONNECTION_CLOSED),
        [CONNECTION_ANSWERING] = IS(CONNECTION_ANSWERING) | IS(CONNECTION_IDLE) |
                                 IS(CONNECTION_LINGERING) | IS(CONNECTION_CLOSED),
        [CONNECTION_LINGERING] = IS(CONNECTION_LINGERING) | IS(CONNECTION_CLOSED),
    };
    return followers[before] & IS(after);
}

bool exchange_may_follow(enum exchange_state before, enum exchange_state after)
{
    static const unsigned followers[EXCHANGE_STATES] = {
        [EXCHANGE_HEAD] = IS(EXCHANGE_RECEIVING) | IS(EXCHANGE_ANSWERING),
        [EXCHANGE_RECEIVING] = IS(EXCHANGE_WAITING) | IS(EXCHANGE_ANSWERING),
        [EXCHANGE_WAITING] = IS(EXCHANGE_KEEPING) | IS(EXCHANGE_STREAMING) | IS(EXCHANGE_ANSWERING),
        [EXCHANGE_KEEPING] = IS(EXCHANGE_ANSWERING),
        [EXCHANGE_STREAMING] = IS(EXCHANGE_ANSWERING),
    };
    return followers[before] & IS(after);
}

bool work_may_follow(enum work_state before, enum work_state after)
{
    static const unsigned followers[WORK_STATES] = {
        [WORK_NEW] = IS(WORK_QUEUED) | IS(WORK_GIVEN),
        [WORK_QUEUED] = IS(WORK_GIVEN) | IS(WORK_DONE),
        [WORK_GIVEN] = IS(WORK_LOST) | IS(WORK_DONE),
        [WORK_LOST] = IS(WORK_GIVEN_AGAIN) | IS(WORK_DONE),
        [WORK_GIVEN_AGAIN] = IS(WORK_DONE),
    };
    return followers[before] & IS(after);
}

bool runner_may_follow(enum runner_state before, enum runner_state after)
{
    static const unsigned followers[RUNNER_STATES] = {
        [RUNNER_STARTING] = IS(RUNNER_IDLE) | IS(RUNNER_ENDING),
        [RUNNER_IDLE] = IS(RUNNER_BUSY) | IS(RUNNER_ENDING),
        [RUNNER_BUSY] =
            IS(RUNNER_DUMPING) | IS(RUNNER_CLEANING) | IS(RUNNER_STOPPING) | IS(RUNNER_ENDING),
        [RUNNER_DUMPING] = IS(RUNNER_DUMPING) | IS(RUNNER_STOPPING) | IS(RUNNER_ENDING),
        [RUNNER_STOPPING] = IS(RUNNER_ENDING),
        [RUNNER_CLEANING] = IS(RUNNER_IDLE) | IS(RUNNER_ENDING),
        [RUNNER_ENDING] = IS(RUNNER_ENDING),
    };
    return followers[before] & IS(after);
}

bool runner_life_may_follow(enum runner_life before, enum runner_life after)
{
    static const unsigned followers[RUNNER_LIFE_STATES] = {
        [RUNNER_ALIVE] = IS(RUNNER_DEAF) | IS(RUNNER_DEAD),
        [RUNNER_DEAF] = IS(RUNNER_DEAD),
    };
    return followers[before] & IS(after);
}

bool zygote_may_follow(enum zygote_state before, enum zygote_state after)
{
    static const unsigned followers[ZYGOTE_STATES] = {
        [ZYGOTE_UNKNOWN] = IS(ZYGOTE_UNKNOWN) | IS(ZYGOTE_MET),
        [ZYGOTE_MET] = IS(ZYGOTE_UNKNOWN) | IS(ZYGOTE_READY),
        [ZYGOTE_READY] = IS(ZYGOTE_UNKNOWN),
    };
    return followers[before] & IS(after);
}
