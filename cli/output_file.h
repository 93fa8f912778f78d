/*
 * Where an output goes: a file that is there as a whole, or not at all.
 */
#ifndef STANDPY_CLI_OUTPUT_FILE_H
#define STANDPY_CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "failure.h"

/* All zero at the beginning. */
struct output_file {
    const char *name; /* as the user wrote it; borrowed */
    char *path;       /* owned; where it leads */
    char *temporary;  /* owned; beside it. NULL if there is none to be put in its place, as for a
                         device or a pipe */
    FILE *file;       /* owned; NULL until it is opened */
};

/*
 * Opens a new file beside the named one, or nothing yet, if that is no regular file or its folder
 * takes no other. The mode is that of the file that is there, or what the umask leaves.
 */
bool output_file_prepare(struct output_file *output, const char *name, struct failure *failure);

/* Whether bytes may be written before all of the answer is there. */
bool output_file_is_hidden(const struct output_file *output);

/* To write to. NULL if it does not open. */
FILE *output_file_stream(struct output_file *output, struct failure *failure);

/* Ends it: what was written is what the name stands for. */
bool output_file_commit(struct output_file *output, struct failure *failure);

/* Without a commit before it, nothing is left. */
void output_file_finish(struct output_file *output);

#endif
