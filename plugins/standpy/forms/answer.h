/*
 * The answer to a script that returned, in the form that the client asked for. Pure: pieces of
 * bytes that are sent one behind the other; large ones stay where the interpreter has them.
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

/* False where memory runs out. answer_finish is due in both cases. */
bool answer_make(struct answer *answer, enum answer_form form,
                 const struct execution_result *result, const struct report_context *context);
void answer_finish(struct answer *answer);

#endif
