/*
 * The Prefer field of a request (RFC 7240). Reads only `wait`, the client's patience. Pure.
 */
#ifndef STANDPY_PREFER_H
#define STANDPY_PREFER_H

#include "slice.h"

/* Seconds of wait=N (RFC 7240 §4.3), at most 86400; -1 if it is absent or not a number. */
int prefer_wait(struct slice field);

#endif
