/*
 * Empties folders as scripts left them, whatever their names, modes and depths. Works by
 * descriptors, and never follows a symbolic link.
 */
#ifndef STANDPY_FOLDER_EMPTYING_H
#define STANDPY_FOLDER_EMPTYING_H

#include <dirent.h>
#include <stddef.h>

/* Opens a folder to read and empty it, whatever its mode; the caller calls closedir(3). NULL with
 * errno set. */
DIR *folder_open(int parent, const char *name);

/* The name of its next entry, without "." and ".."; NULL after the last one. */
const char *folder_next(DIR *folder);

struct emptied {
    size_t left; /* entries that it could still have looked at; 0: the folder may have more */
    int failure; /* errno of the last failed removal; 0: none failed */
};

/*
 * Removes all but the name `kept` (or NULL), up to so many entries; 64 KiB of a file's content
 * count as one. SIZE_MAX: without a limit.
 */
struct emptied folder_empty(DIR *top, const char *kept, size_t entries);

#endif
