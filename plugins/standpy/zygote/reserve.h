/*
 * The kernel counts some things over all processes of a user. The front and the zygote belong to
 * the same user as scripts, so a script could take everything and leave them nothing. So runners
 * may have less: the difference is the reserve of the others. Runners also may have only so many
 * processes that the others still get processor time.
 *
 * The kernel does not count for uid 0 (kernel/fork.c: INIT_USER), so root's engine has no reserve.
 */
#ifndef STANDPY_RESERVE_H
#define STANDPY_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much runners may have if there is `all`: all but an eighth, which is at least `least` and at
 * most `most`. UINT64_MAX stands for no limit.
 */
uint64_t reserve_leaves(uint64_t all, uint64_t least, uint64_t most);

/*
 * Call it in the zygote, before the first runner: reads what there is. *crowded says whether this
 * user has so many other processes that runners could start none; then they get no limit.
 */
void reserve_prepare(bool *crowded);

/* Call it in a new runner: sets the limits. False with errno set. */
bool reserve_leave(void);

#endif
