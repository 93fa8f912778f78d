/*
 * The exchange: a request from its head to its answer. It alone decides what is answered.
 */
#ifndef STANDPY_EXCHANGE_H
#define STANDPY_EXCHANGE_H

#include <stdbool.h>

struct engine;

/* Once, in the front. False if the workers cannot be started. */
bool exchanges_start(const struct engine *engine, int patience);

/* Executions that are neither answered nor given up. */
int exchanges_open(void);

#endif
