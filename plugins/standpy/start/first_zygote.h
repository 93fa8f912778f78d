/*
 * The first zygote of an engine: finds the environment, takes a folder for scratch files, and
 * starts it. zygote_keeper.c starts those that follow.
 */
#ifndef STANDPY_FIRST_ZYGOTE_H
#define STANDPY_FIRST_ZYGOTE_H

#include "confinement.h"
#include "engine.h"

/*
 * Call it in the master, before any fork. Sets the environment and the control socket of the
 * engine; its other members are set. Does not return if the engine cannot start.
 */
void first_zygote_start(struct engine *engine, const struct confinement *confinement);

#endif
