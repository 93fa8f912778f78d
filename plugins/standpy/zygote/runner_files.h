/*
 * The descriptors of a runner. Scripts close and replace descriptors, so this also checks whether
 * they are still what they were.
 *
 *     0        nothing
 *     1, 2     what it prints, into memory
 *     500...   the others, and duplicates of 1 and 2, out of the way of scripts that close or reuse
 *              low numbers; an exec closes all of them
 */
#ifndef STANDPY_RUNNER_FILES_H
#define STANDPY_RUNNER_FILES_H

#include <stdbool.h>

struct runner_files {
    int channel; /* to the front */
    int out, err, stack, result;
    bool result_sent; /* the front has the memory for results, until it sends a new one */
    int folder;       /* the scratch folder: whoever has it open uses it */
    int ruleset;      /* what the runner is about to be confined to; -1: nothing */
};

/*
 * Call it in a new runner: moves them, lets 1 and 2 lead to out and err, and closes all others.
 * False with errno set.
 */
bool runner_files_arrange(struct runner_files *files);

/* Takes note of what they are. Call it at the start, and whenever the runner replaces one. */
void runner_files_remember(const struct runner_files *files);

/* After a script: puts 0, 1 and 2 back. False if the script changed another one. */
bool runner_files_restore(const struct runner_files *files);

/* Says whether a script has sealed it; the front seals it only after a result. */
bool runner_files_result_is_sealed(const struct runner_files *files);

/* Takes other memory for results in place of what it has. */
void runner_files_replace_result(struct runner_files *files, int file);

/* Moves one more descriptor of the runner out of the way; -1 with errno set. */
int runner_files_move(int descriptor);

#endif
