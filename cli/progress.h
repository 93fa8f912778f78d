/*
 * A line on a terminal that says what goes on, and is gone before anything else is written.
 */
#ifndef STANDPY_CLI_PROGRESS_H
#define STANDPY_CLI_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

enum progress_phase {
    PROGRESS_CONNECTING,
    PROGRESS_DIGESTING, /* a file, to name its content */
    PROGRESS_SENDING,
    PROGRESS_RUNNING,
    PROGRESS_RECEIVING,
    PROGRESS_BUSY, /* waits until it may send again */
};

struct progress {
    FILE *out; /* borrowed; NULL: nothing is drawn */
    enum progress_phase phase;
    int64_t done, total; /* bytes of the phase; total is 0 or less if nobody knows */
    int64_t began_at, phase_began_at, drawn_at; /* monotonic milliseconds */
    unsigned shown;                             /* columns of the line that stands there */
};

#define PROGRESS_LINE 160

/* out: drawn on it if it is a terminal. */
void progress_init(struct progress *progress, FILE *out);

void progress_set(struct progress *progress, enum progress_phase phase, int64_t done,
                  int64_t total);

/* Draws the line, unless the call has been short so far, or it was drawn just now. */
void progress_draw(struct progress *progress);

/* Takes the line away. */
void progress_clear(struct progress *progress);

/* The line as it is at a time, at most `width` columns. Pure. */
void progress_text(const struct progress *progress, int64_t now, unsigned width,
                   char text[PROGRESS_LINE]);

#endif
