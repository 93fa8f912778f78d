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
     * A zygote is ready; the runners of an earlier one are now orphans. imported: CONTROL_HELLO's
     * text, borrowed. planned: it is the successor of one that retired.
     */
    void (*ready)(struct slice imported, bool planned);
    /* A runner is born; the user owns the descriptors. scratch: its folder's name, borrowed. */
    void (*born)(enum pool pool, int process, struct slice scratch,
                 const int descriptors[BORN_DESCRIPTORS]);
    void (*not_born)(enum pool pool);
    /* What has become of the WSGI application. why: borrowed, if it cannot be loaded. */
    void (*application)(enum application_state state, struct slice why);
    void (*gone)(int process, int status, unsigned strangers);
    void (*stopped)(int process);
    /* A trial has ended. module, why: borrowed; why: one line, if it failed. */
    void (*tried)(struct slice module, enum trial_result result, struct slice why);
};

/* control: the front's end of the socket. False if it cannot be watched. */
bool zygote_link_start(int control, const struct zygote_user *user);

/* Asks for one more runner. False if nobody can be asked now. */
bool zygote_link_fork(enum pool pool);

/* Asks the zygote to end a runner that has done its work. False while there is no zygote to ask. */
bool zygote_link_end(int process);

/* Asks the zygote to try a module. False while there is no zygote to ask. */
bool zygote_link_try(const char *module);

/* The zygote's process; 0: there is none now. */
int zygote_link_process(void);

/* Asks the zygote to remove the scratch folder of an earlier zygote's runner. */
void zygote_link_remove(const char *scratch);

/* Says whether a zygote is ready. */
bool zygote_link_is_ready(void);

/* When it should have answered, or TIMEOUT_NEVER; kills a zygote that has not answered in time. */
int64_t zygote_link_next_timeout(void);
void zygote_link_pass_time(void);

#endif
