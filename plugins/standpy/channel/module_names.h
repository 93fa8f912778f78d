/*
 * Names of Python modules, several with commas between: "joblib,sklearn.linear_model". Pure; lists
 * come from runners too, so anything may stand in them.
 */
#ifndef STANDPY_MODULE_NAMES_H
#define STANDPY_MODULE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

#define MODULE_NAME       96   /* bytes of one, with its null */
#define MODULE_NAMES      32   /* in one list, at most */
#define MODULE_NAMES_TEXT 2048 /* bytes of a list, at most */

/* Whether it is a list of such names, perhaps an empty one. */
bool module_names_are_valid(struct slice list);

/* Takes the first name off a valid list. False if it is empty. */
bool module_names_take(struct slice *list, struct slice *name);

/* Whether the list has that name. */
bool module_names_have(struct slice list, struct slice name);

#endif
