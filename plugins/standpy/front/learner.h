/*
 * Acts on what learning.c counts: has modules tried, wishes for a zygote that imports them in
 * advance, and names them in the log.
 */
#ifndef STANDPY_LEARNER_H
#define STANDPY_LEARNER_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct engine;

void learner_set_up(const struct engine *engine);

/* A script has run; see learning_note. */
void learner_note(uint64_t script, struct slice imports);

/*
 * A zygote is ready. imported: CONTROL_HELLO's text. planned: it is the successor of one that
 * retired.
 */
void learner_meet(struct slice imported, bool planned);

/* A trial has ended. why: one line, if it failed. */
void learner_tried(struct slice module, enum trial_result result, struct slice why);

/* How many learned modules the zygote has imported. */
int learner_count(void);

/* When something is due, or TIMEOUT_NEVER; and what is due now. */
int64_t learner_next_timeout(void);
void learner_pass_time(void);

#endif
