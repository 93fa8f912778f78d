/*
 * The answers to scripts: results, deadlines, deaths.
 */
#ifndef STANDPY_SCRIPT_ANSWERS_H
#define STANDPY_SCRIPT_ANSWERS_H

#include "workers.h"

extern const struct workers_user script_answers;

#endif
