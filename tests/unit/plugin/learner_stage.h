/* The surroundings of front/learner.c: the zygote, the clock and the log, as the tests play them.
 */
#ifndef STANDPY_LEARNER_STAGE_H
#define STANDPY_LEARNER_STAGE_H

#include "engine.h"
#include "learner.h"

extern struct shared shared;
extern struct engine engine;

extern int64_t now;                       /* what loop_now returns */
extern bool zygote_ready, zygote_listens; /* listens: zygote_link_try succeeds */
extern char asked[MODULE_NAME];           /* the module that the zygote was last asked to try */
extern int asked_count;
extern char lines[8192]; /* the log */

/* Set-up of each test: a new front. */
int stage_begin(void **state);

/* Time passes; the loop wakes the learner whenever it wants to be woken. */
void pass(int64_t seconds);

/* A script imports a list of modules so often that they are worth a trial. */
void import_often(const char *names);

/* The zygote reports the end of the trial that it was asked for. */
void end_trial(const char *name, enum trial_result result, const char *why);

void import_until_it_passed(const char *name);

/* A successor has taken over. imported: CONTROL_HELLO's text. */
void successor(const char *imported);

/* The wish that the master has not read yet; NULL: there is none. */
const char *new_wish(void);

void assert_wish(const char *modules);
void assert_logged_once(const char *text);

#endif
