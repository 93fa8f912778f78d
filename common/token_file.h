/*
 * Tokens from a file, or from the files of a folder, as secrets of Docker and Kubernetes come.
 */
#ifndef STANDPY_TOKEN_FILE_H
#define STANDPY_TOKEN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "setting_error.h"

#define TOKEN_FILE_LIMIT 65536 /* bytes, of all files together */

/*
 * Reads tokens, in lines or with commas between, into text, with commas between. Of a folder all
 * files in the order of their names, but for hidden ones. False where there is none; why goes on
 * behind the path in a line, and has no part of a token.
 *
 * Why a folder: a single file that is mounted into a container stays the old one when an editor
 * puts a new file in its place.
 */
bool token_file_read(const char *path, char text[TOKEN_FILE_LIMIT + 1], char *why, size_t capacity);

/* The same for what a variable names, with the whole line in error. */
bool token_file_take(const char *variable, const char *path, char text[TOKEN_FILE_LIMIT + 1],
                     struct setting_error error);

#endif
