/*
 * How long a client waits for bytes. Pure.
 */
#ifndef STANDPY_CLI_PATIENCE_H
#define STANDPY_CLI_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_SECONDS 600  /* without a byte, beyond the deadline of the script */
#define PATIENCE_SLOWEST 1024 /* bytes a second of an answer that has taken as long as that */

enum patience_end {
    PATIENCE_GOES_ON,
    PATIENCE_SILENT,
    PATIENCE_TOO_SLOW,
};

/* Times are monotonic milliseconds. */
struct patience {
    int64_t moved_at;        /* when the last byte went or came */
    int64_t answer_began_at; /* 0 before the answer */
    int64_t received;        /* bytes of the answer */
    bool is_waiting;         /* the request is out, and nothing of an answer is there */
    unsigned deadline;       /* seconds that the script may take; 0 if nobody said */
};

/* Seconds without a byte that the client bears now. */
unsigned patience_silence(const struct patience *patience);

enum patience_end patience_judge(const struct patience *patience, int64_t now);

#endif
