/*
 * The front's side of the talk with the zygote: greets it, asks for runners, hears of their births
 * and ends.
 */
#ifndef STANDPY_ZYGOTE_LINK_H
#define STANDPY_ZYGOTE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct zygote_user {
    /* A zygote is ready; the runners of an earlier one are now orphans. */
    void (*ready)(void);
    /* A runner is born; the user owns the descriptors. scratch: its folder's name, borrowed. */
    void (*born)(int process, struct slice scratch, const int descriptors[BORN_DESCRIPTORS]);
    void (*not_born)(void);
    void (*gone)(int process, int status, unsigned strangers);
    void (*stopped)(int process);
};

/* control: the front's end of the socket. False if it cannot be watched. */
bool zygote_link_start(int control, const struct zygote_user *user);

/* Asks for one more runner. False if no zygote can be asked now. */
bool zygote_link_fork(void);

/* Asks the zygote to end a runner that has done its work. False while there is no zygote to ask. */
bool zygote_link_end(int process);

/* Asks the zygote to remove the scratch folder of an earlier zygote's runner. */
void zygote_link_remove(const char *scratch);

/* Says whether a zygote is ready. */
bool zygote_link_is_ready(void);

/* When it should have answered, or TIMEOUT_NEVER; kills a zygote that has not answered in time. */
int64_t zygote_link_next_timeout(void);
void zygote_link_pass_time(void);

#endif
