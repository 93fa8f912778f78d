/*
 * The Prefer field of a request (RFC 7240): of it only `wait`, the client's patience. Pure.
 */
#ifndef STANDPY_PREFER_H
#define STANDPY_PREFER_H

#include "slice.h"

/* Seconds of wait=N (RFC 7240 §4.3), at most 86400; -1 where there is none or it is no number. */
int prefer_wait(struct slice field);

#endif
