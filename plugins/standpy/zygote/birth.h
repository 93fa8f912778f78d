/*
 * The birth of a runner.
 */
#ifndef STANDPY_BIRTH_H
#define STANDPY_BIRTH_H

#include "zygote.h"

/*
 * Forks a runner for the front of that generation, and hands it over: CONTROL_BORN, or CONTROL_GONE
 * of process 0 if there is none. Does not return in the runner.
 */
void birth(struct zygote *zygote, uint64_t generation);

#endif
