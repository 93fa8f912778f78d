/*
 * What the kernel counts for a user, over all of its processes: a script that takes all of it would
 * leave nothing for the front and the zygote, which are processes of that user, too. So runners may
 * have less than those; what they lack is the others' reserve. Beside that, some that nothing is
 * left of for anybody if a script has much of it: processes that compete for processors.
 *
 * uid 0 is not counted (kernel/fork.c: INIT_USER); an engine of root's has no such reserve.
 */
#ifndef STANDPY_RESERVE_H
#define STANDPY_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much runners may have of something that there is `all` of: all but an eighth, which is
 * `least` to `most`. UINT64_MAX stands for no limit.
 */
uint64_t reserve_leaves(uint64_t all, uint64_t least, uint64_t most);

/*
 * In the zygote, before the first runner: reads what there is. `crowded` says whether there are so
 * many other processes of this user that runners could start none; they have no limit then.
 */
void reserve_prepare(bool *crowded);

/* In a new runner. False with errno set. */
bool reserve_leave(void);

#endif
