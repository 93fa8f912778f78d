/*
 * Folders as scripts left them, with whatever names, modes and depths: by descriptors, and symbolic
 * links are never followed.
 */
#ifndef STANDPY_FOLDER_EMPTYING_H
#define STANDPY_FOLDER_EMPTYING_H

#include <dirent.h>
#include <stddef.h>

/* To be read and emptied, whatever its mode; closedir(3) is due. NULL with errno set. */
DIR *folder_open(int parent, const char *name);

/* The name of its next entry, "." and ".." left out; NULL behind the last one. */
const char *folder_next(DIR *folder);

struct emptied {
    size_t left; /* entries that might still have been looked at; 0: there may be more of them */
    int failure; /* errno of the last removal that failed; 0: none did */
};

/*
 * Removes what is in it but for the name `kept` (or NULL), up to so many entries; 64 KiB of a
 * file's content count as one. SIZE_MAX: without a limit.
 */
struct emptied folder_empty(DIR *top, const char *kept, size_t entries);

#endif
