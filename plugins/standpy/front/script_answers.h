/*
 * The answers to scripts: results, deadlines, deaths.
 */
#ifndef STANDPY_SCRIPT_ANSWERS_H
#define STANDPY_SCRIPT_ANSWERS_H

#include "workers.h"

extern const struct workers_user script_answers;

struct exchange;

/* The 504. traceback: NULL if there is none. */
void script_answers_overdue(struct exchange *exchange, const char *detail, const char *traceback,
                            const struct overdue *overdue);

#endif
