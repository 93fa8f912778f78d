/*
 * An answer, as it comes: a result, JSON, a problem, or something that no StandPy wrote.
 */
#ifndef STANDPY_CLI_ANSWER_H
#define STANDPY_CLI_ANSWER_H

#include "answer_head.h"
#include "reading.h"

#define ANSWER_LIMIT (INT64_C(4) << 30) /* bytes */

enum answer_wanted {
    ANSWER_PARTS, /* of a script */
    ANSWER_JSON,  /* of /info */
};

enum answer_body {
    ANSWER_BODY_NONE,
    ANSWER_BODY_PARTS,
    ANSWER_BODY_JSON,
    ANSWER_BODY_PAGE, /* HTML of something else; its title says what that is */
};

struct answer {
    enum answer_wanted wanted;
    enum answer_body body;
    const char *endpoint; /* borrowed */
    struct answer_head head;
    int64_t received;
    struct reading reading;
    FILE *text; /* of JSON or a page; owned, as is what it writes */
    char *content;
    size_t size;
    json_t *json; /* what was wanted, if that is JSON; owned */
};

/* destinations, result: for ANSWER_PARTS. All borrowed. */
void answer_init(struct answer *answer, enum answer_wanted wanted, const char *endpoint,
                 const struct destinations *destinations, struct result *result);

/* Events of a transfer. */
bool answer_take_head(void *context, const struct answer_head *head, struct failure *failure);
bool answer_take_body(void *context, struct slice piece, struct failure *failure);

/*
 * Says what the answer means, once the transfer ended. came: whether it came as a whole; if it did
 * not, failure says why, and another one may be more to the point. False unless it is what was
 * wanted.
 */
bool answer_end(struct answer *answer, bool came, struct failure *failure);

void answer_finish(struct answer *answer);

#endif
