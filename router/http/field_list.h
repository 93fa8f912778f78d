/*
 * The header fields of a reply in their order, on the way from the engine's side to the client's.
 * Pure.
 *
 * All of them share one piece of memory: each name and each value ends with a null, so that the
 * client's side can pass them on as they are.
 */
#ifndef STANDPY_ROUTER_FIELD_LIST_H
#define STANDPY_ROUTER_FIELD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* All zero: empty. 0 <= length <= capacity. */
struct field_list {
    char *data; /* owned */
    size_t length, capacity;
};

/* Copies both. False if memory runs out or one contains a null; the list then stays as it was. */
bool field_list_add(struct field_list *list, struct slice name, struct slice value);

/* Gives the field at *position (0 for the first) and moves *position on; borrowed until the list
 * changes. False after the last field. */
bool field_list_next(const struct field_list *list, size_t *position, const char **name,
                     const char **value);

/* Frees what the list holds and leaves it empty. */
void field_list_finish(struct field_list *list);

#endif
