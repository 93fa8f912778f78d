/*
 * The answer to a script that returned, in the form that the client asked for: pieces of bytes to
 * send one after the other. Large ones stay where the interpreter has them. Pure.
 */
#ifndef STANDPY_ANSWER_H
#define STANDPY_ANSWER_H

#include "accept.h"
#include "report.h"

struct answer {
    char content_type[128];
    struct slice *pieces; /* owned array; its slices live as long as answer and result */
    size_t piece_count;
    char *tail;  /* owned */
    char *heads; /* owned: the heads of the parts */
};

/* False if memory runs out. The caller calls answer_finish in both cases. */
bool answer_make(struct answer *answer, enum answer_form form,
                 const struct execution_result *result, const struct report_context *context);
void answer_finish(struct answer *answer);

#endif
