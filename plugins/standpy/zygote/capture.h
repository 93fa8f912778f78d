/*
 * What a script prints. File descriptors 1 and 2 lead into memory, which takes the output of native
 * code and subprocesses as well as that of print().
 */
#ifndef STANDPY_CAPTURE_H
#define STANDPY_CAPTURE_H

#include <stdbool.h>

#include "slice.h"

struct capture {
    int out, err;                    /* the memory files, borrowed */
    struct slice out_text, err_text; /* owned; taken by the last capture_take */
};

/*
 * Takes what was printed since the last call, and empties the files. The slices are valid until the
 * next call. False if memory runs out or the script closed every descriptor; a lost text is empty.
 */
bool capture_take(struct capture *capture, struct slice *out, struct slice *err);

/* Forgets what was printed, and frees what was taken. False with errno set. */
bool capture_reset(struct capture *capture);

#endif
