/*
 * What comes in: from a head, and then its body, to an answer or to work for a worker.
 */
#ifndef STANDPY_INTAKE_H
#define STANDPY_INTAKE_H

#include "connection.h"

extern const struct connection_user intake;

#endif
