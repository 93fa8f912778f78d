/*
 * What a script prints: file descriptors 1 and 2 lead into memory, so that native code and
 * subprocesses are heard as well as print().
 */
#ifndef STANDPY_CAPTURE_H
#define STANDPY_CAPTURE_H

#include <stdbool.h>

#include "slice.h"

struct capture {
    int out, err;                    /* the memory files, borrowed */
    struct slice out_text, err_text; /* owned; what the last capture_take took */
};

/*
 * Takes what came since the last time and forgets it there. The slices are valid until the next
 * call. False if memory runs out or the script closed every descriptor; what was lost is empty.
 */
bool capture_take(struct capture *capture, struct slice *out, struct slice *err);

/* Forgets what came, and frees what was taken. False with errno set. */
bool capture_reset(struct capture *capture);

#endif
