#include "field_list.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 512 /* bytes; enough for an engine's usual reply */

static bool reserve(struct field_list *list, size_t more)
{
    size_t capacity = list->capacity > 0 ? list->capacity : FIRST_CAPACITY;
    while (capacity - list->length < more)
        capacity *= 2;
    if (capacity == list->capacity)
        return true;
    char *data = realloc(list->data, capacity);
    if (!data)
        return false;
    list->data = data;
    list->capacity = capacity;
    return true;
}

static bool has_null(struct slice text)
{
    return memchr(text.data, '\0', text.length) != NULL;
}

static void append(struct field_list *list, struct slice text)
{
    memcpy(list->data + list->length, text.data, text.length);
    list->length += text.length;
    list->data[list->length++] = '\0';
}

bool field_list_add(struct field_list *list, struct slice name, struct slice value)
{
    if (has_null(name) || has_null(value) || !reserve(list, name.length + value.length + 2))
        return false;
    append(list, name);
    append(list, value);
    return true;
}

bool field_list_next(const struct field_list *list, size_t *position, const char **name,
                     const char **value)
{
    if (*position >= list->length)
        return false;
    *name = list->data + *position;
    *value = *name + strlen(*name) + 1;
    *position = (size_t)(*value - list->data) + strlen(*value) + 1;
    return true;
}

void field_list_finish(struct field_list *list)
{
    free(list->data);
    *list = (struct field_list){0};
}
