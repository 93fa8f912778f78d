/*
 * The header fields of a reply, in their order, between the engine's side and the client's. Pure.
 *
 * One piece of memory: each name and each value with a null behind it, so that the client's side
 * can hand them on as they stand.
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

/* Copies both. False where memory runs out or one has a null; the list is as before then. */
bool field_list_add(struct field_list *list, struct slice name, struct slice value);

/* The field at *position (0 for the first), which moves on; borrowed until the list changes. False
 * behind the last. */
bool field_list_next(const struct field_list *list, size_t *position, const char **name,
                     const char **value);

/* Frees what it holds; the list is empty then. */
void field_list_finish(struct field_list *list);

#endif
