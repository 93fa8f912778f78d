/*
 * Values of settings as an administrator wrote them: common mistakes, and how a line shows them.
 * Pure.
 */
#ifndef STANDPY_VALUE_H
#define STANDPY_VALUE_H

#include <stddef.h>

#define VALUE_SHOWN 200 /* bytes of a value in a line; ample for any valid one */

/* What is wrong with a value, whatever it is for: quotes or blanks around it. NULL: nothing. */
const char *value_flaw(const char *value);

/* Writes the value safe for a line, in quotes if it contains blanks or quotes. Returns out. */
char *value_shown(char out[VALUE_SHOWN], const char *value);

#endif
