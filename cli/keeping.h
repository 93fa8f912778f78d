/*
 * Contents that the engine keeps: which inputs are named by their digest instead of being sent.
 */
#ifndef STANDPY_CLI_KEEPING_H
#define STANDPY_CLI_KEEPING_H

#include "content_names.h"
#include "failure.h"
#include "inputs.h"
#include "progress.h"

#define KEEPING_LEAST 65536 /* bytes; less is sent as fast as it is looked up */

/* What is known of an input's content. */
enum kept {
    KEPT_PERHAPS, /* an earlier program may have sent it */
    KEPT_YES,
    KEPT_NO,
};

struct kept_input {
    bool is_worth_it;
    enum kept kept;
    char digest[CONTENT_DIGEST + 1]; /* "" as long as nobody asked */
};

/* is_supported: false if the engine keeps nothing, or nobody wants that. */
struct keeping {
    bool is_supported;
    struct kept_input *inputs; /* owned; as many as the inputs */
    size_t count;
};

bool keeping_init(struct keeping *keeping, const struct inputs *inputs, struct failure *failure);
void keeping_finish(struct keeping *keeping);

/* Whether there is an input for which it pays to ask the engine. */
bool keeping_is_wanted(const struct keeping *keeping);

/*
 * How to name an input's content: *name is "" if it has to be sent. Reads the file if its digest is
 * not known yet. False if that fails.
 */
bool keeping_name(struct keeping *keeping, size_t place, const struct inputs *inputs,
                  struct progress *progress, const char **name, struct failure *failure);

/* From an answer's StandPy-Kept. */
void keeping_learn(struct keeping *keeping, const char *kept);

/* What is contents-missing; of none that are named, everything is. */
void keeping_forget(struct keeping *keeping, const json_t *missing);

#endif
