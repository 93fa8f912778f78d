/*
 * Turns a head, and then its body, into an answer or into work for a worker.
 */
#ifndef STANDPY_INTAKE_H
#define STANDPY_INTAKE_H

#include "connection.h"

extern const struct connection_user intake;

#endif
