/*
 * Reads tokens from a file, or from the files of a folder, as Docker and Kubernetes provide
 * secrets.
 */
#ifndef STANDPY_TOKEN_FILE_H
#define STANDPY_TOKEN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "setting_error.h"

#define TOKEN_FILE_LIMIT 65536 /* bytes, of all files together */

/*
 * Reads tokens that newlines or commas separate, and writes them to text, separated by commas. Of a
 * folder it reads all files that are not hidden, in the order of their names. False if that fails:
 * why then continues a line that ends with the path, and shows no part of a token.
 *
 * Why a folder: if a single file is mounted into a container and an editor replaces it, the
 * container keeps the old file.
 */
bool token_file_read(const char *path, char text[TOKEN_FILE_LIMIT + 1], char *why, size_t capacity);

/* The same for the path in a variable; error gets the whole line. */
bool token_file_take(const char *variable, const char *path, char text[TOKEN_FILE_LIMIT + 1],
                     struct setting_error error);

#endif
