/*
 * Problems (RFC 9457) of router and engine, as the user reads them. Pure; LC_CTYPE must be one of
 * UTF-8.
 */
#ifndef STANDPY_CLI_PROBLEM_TEXT_H
#define STANDPY_CLI_PROBLEM_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "failure.h"

/* A member; "" if there is none that is a string, or no problem. Borrowed from the problem. */
const char *problem_text_member(const json_t *problem, const char *member);

/* The type without what all of StandPy's begin with. Borrowed. */
const char *problem_text_type(const json_t *problem);

/*
 * Makes failure what an answer with this problem means; it takes a reference of its own. Returns
 * false. retry_after: the answer's field, "" if there is none.
 */
bool problem_text_fail(struct failure *failure, json_t *problem, int status,
                       const char *retry_after, const char *endpoint);

/* Whether it is a problem of this type, such as contents-missing. */
bool problem_text_is(const struct failure *failure, const char *type);

#endif
