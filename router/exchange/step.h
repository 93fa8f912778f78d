/*
 * What a step of an exchange decides: pure. The steps (admission, request_fields, body, dispatch)
 * take what they need and return what is to be done; exchange.c alone acts on it.
 */
#ifndef STANDPY_ROUTER_STEP_H
#define STANDPY_ROUTER_STEP_H

#include <stdbool.h>

#include "problem.h"

enum step {
    STEP_TAKE,   /* it may go on, or all was taken */
    STEP_WAIT,   /* not now: something else has to happen first */
    STEP_START,  /* the request is to go to the engine now */
    STEP_REFUSE, /* struct refusal says why */
};

/* Why a request is not passed on, and how that is answered. Only after STEP_REFUSE. */
struct refusal {
    enum problem_kind kind;
    unsigned retry_after; /* seconds; 0: none */
    const char *allow;    /* constant text, of a 405; else NULL */
    bool ends_connection; /* no other request is read behind this one */
    char detail[512];
};

/* Fills it; what the detail does not say is zero, and the caller's to set. Returns STEP_REFUSE. */
__attribute__((format(printf, 3, 4))) enum step
refuse(struct refusal *refusal, enum problem_kind kind, const char *format, ...);

#endif
