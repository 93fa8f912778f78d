/*
 * Answers a request with an invalid Content-Length: libmicrohttpd 0.9 would send the head of its
 * own answer twice. 1.0 does not, so remove this file when Debian 12 is no longer supported (its
 * LTS ends on 30 June 2028).
 */
#ifndef STANDPY_ROUTER_WRONG_LENGTH_H
#define STANDPY_ROUTER_WRONG_LENGTH_H

#include "connection.h"

/* Call it when libmicrohttpd announces its own answer: sends ours first and closes our side, so
 * that libmicrohttpd can send nothing more. */
void wrong_length_answer(struct connections *all);

#endif
