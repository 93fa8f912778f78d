/*
 * Names that nobody can guess.
 */
#ifndef STANDPY_RANDOM_NAME_H
#define STANDPY_RANDOM_NAME_H

#include <stdbool.h>

#define RANDOM_BYTES 8
#define RANDOM_NAME  (2 * RANDOM_BYTES + 1) /* bytes of a name, including its null */

/* Hexadecimal digits. False with errno set. */
bool random_name(char name[RANDOM_NAME]);

#endif
