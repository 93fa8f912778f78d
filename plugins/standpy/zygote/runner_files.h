/*
 * The descriptors of a runner, and whether they are still what they were: scripts close and replace
 * descriptors.
 *
 *     0        nothing
 *     1, 2     what it prints, into memory
 *     500...   the others, and 1 and 2 once more, out of the way of scripts that close or reuse the
 *              low ones; none of them outlives an exec
 */
#ifndef STANDPY_RUNNER_FILES_H
#define STANDPY_RUNNER_FILES_H

#include <stdbool.h>

struct runner_files {
    int channel; /* to the front */
    int out, err, stack, result;
    bool result_sent; /* the memory for results is the front's, until there is another one */
    int folder;       /* the scratch folder: whoever has it open uses it */
    int ruleset;      /* what the runner is about to be confined to; -1: nothing */
};

/*
 * In a new runner: moves them, has 1 and 2 lead to out and err, and closes whatever else is open.
 * False with errno set.
 */
bool runner_files_arrange(struct runner_files *files);

/* Takes note of what they are, at the first call and whenever they are others. */
void runner_files_remember(const struct runner_files *files);

/* After a script: puts 1 and 2 back. False if that is not enough. */
bool runner_files_restore(const struct runner_files *files);

/* Whether a script has sealed it: the front does so behind a result only. */
bool runner_files_result_is_sealed(const struct runner_files *files);

/* Moves a descriptor of the runner's own out of the way, too; -1 with errno set. */
int runner_files_move(int descriptor);

#endif
