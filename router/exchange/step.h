/*
 * What a step of an exchange decides. The steps (admission, request_fields, body, dispatch) take
 * what they need and return what has to be done; only exchange.c acts on it. Pure.
 */
#ifndef STANDPY_ROUTER_STEP_H
#define STANDPY_ROUTER_STEP_H

#include <stdbool.h>

#include "problem.h"

enum step {
    STEP_TAKE,   /* it may go on, or everything was taken */
    STEP_WAIT,   /* not now: something else has to happen first */
    STEP_START,  /* the request has to go to the engine now */
    STEP_REFUSE, /* struct refusal says why */
};

/* Why a request is not passed on, and how that is answered. Valid only after STEP_REFUSE. */
struct refusal {
    enum problem_kind kind;
    unsigned retry_after; /* seconds; 0: none */
    const char *allow;    /* constant text, for a 405; else NULL */
    const char *realm;    /* for a 401 that HTTP Basic can answer: the engine's name; else NULL */
    bool ends_connection; /* no further request is read after this one */
    char detail[512];
};

/* Fills kind and detail; all else is zero, for the caller to set. Returns STEP_REFUSE. */
__attribute__((format(printf, 3, 4))) enum step
refuse(struct refusal *refusal, enum problem_kind kind, const char *format, ...);

#endif
