/*
 * GET /info: how the engine is set up.
 */
#ifndef STANDPY_CLI_INFO_H
#define STANDPY_CLI_INFO_H

#include "failure.h"
#include "transfer.h"

/* The members that an Info has, in their order. */
#define INFO_MEMBERS 6
extern const char *const info_members[INFO_MEMBERS];

/* *info is owned by the caller. False if it is not StandPy's. */
bool info_get(const struct target *target, json_t **info, struct failure *failure);

#endif
