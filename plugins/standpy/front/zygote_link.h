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
    /*
     * A zygote is ready; runners of an earlier one are orphans now. imported: as CONTROL_HELLO has
     * it; borrowed. planned: it is the successor of one that retired.
     */
    void (*ready)(struct slice imported, bool planned);
    /* A runner; the descriptors are the user's. scratch: the name of its folder, borrowed. */
    void (*born)(int process, struct slice scratch, const int descriptors[BORN_DESCRIPTORS]);
    void (*not_born)(void);
    void (*gone)(int process, int status, unsigned strangers);
    void (*stopped)(int process);
    /* What became of a trial; borrowed. why: one line, if it failed. */
    void (*tried)(struct slice module, enum trial_result result, struct slice why);
};

/* control: the front's end of the socket. False if it cannot be watched. */
bool zygote_link_start(int control, const struct zygote_user *user);

/* Asks for one more runner. False if no zygote can be asked now. */
bool zygote_link_fork(void);

/* Asks the zygote to end a runner that has done its work. False while there is no zygote to ask. */
bool zygote_link_end(int process);

/* Asks it to try a module. False while there is no zygote to ask. */
bool zygote_link_try(const char *module);

/* The zygote; 0: there is none just now. */
int zygote_link_process(void);

/* Asks the zygote to remove the scratch folder of an earlier zygote's runner. */
void zygote_link_remove(const char *scratch);

/* Says whether a zygote is ready. */
bool zygote_link_is_ready(void);

/* When it should have answered, or TIMEOUT_NEVER; kills a zygote that has not answered in time. */
int64_t zygote_link_next_timeout(void);
void zygote_link_pass_time(void);

#endif
