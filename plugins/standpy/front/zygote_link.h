/*
 * The front's talk with the zygote: greets it, asks for runners, hears of their births and ends.
 */
#ifndef STANDPY_ZYGOTE_LINK_H
#define STANDPY_ZYGOTE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct zygote_user {
    /* A zygote is ready; runners of an earlier one are orphans now. */
    void (*ready)(void);
    /* A runner; the descriptors are the user's. scratch: the name of its folder, borrowed. */
    void (*born)(int process, struct slice scratch, const int descriptors[BORN_DESCRIPTORS]);
    void (*not_born)(void);
    void (*gone)(int process, int status, unsigned strangers);
    void (*stopped)(int process);
};

/* control: the front's end of the socket. False if it cannot be watched. */
bool zygote_link_start(int control, const struct zygote_user *user);

/* Asks for one more runner. False while there is no zygote to ask. */
bool zygote_link_fork(void);

/* Has a runner that has done its work ended. False while there is no zygote to ask. */
bool zygote_link_end(int process);

/* Has a scratch folder removed whose runner was an earlier zygote's. */
void zygote_link_remove(const char *scratch);

/* Whether there is one that answers. */
bool zygote_link_is_ready(void);

/* When it should have answered, or TIMEOUT_NEVER; one that did not in time is ended. */
int64_t zygote_link_next_timeout(void);
void zygote_link_pass_time(void);

#endif
