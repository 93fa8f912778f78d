/*
 * Lists of Python module names with commas between: "joblib,sklearn.linear_model". Pure. Runners
 * send such lists, so a list may contain anything.
 */
#ifndef STANDPY_MODULE_NAMES_H
#define STANDPY_MODULE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

#define MODULE_NAME       96   /* bytes of a name, with its null */
#define MODULE_NAMES      32   /* in one list, at most */
#define MODULE_NAMES_TEXT 2048 /* bytes of a list, at most */

/* Says whether a list is well formed; an empty one is. */
bool module_names_are_valid(struct slice list);

/* Takes the first name off a valid list. False if the list is empty. */
bool module_names_take(struct slice *list, struct slice *name);

/* Says whether a valid list has that name. */
bool module_names_have(struct slice list, struct slice name);

#endif
