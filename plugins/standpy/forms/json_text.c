#include "json_text.h"

#include <stdlib.h>
#include <string.h>

static bool has_failed;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    has_failed = has_failed || !memory;
    return memory;
}

/* For json_load_callback: gives nothing more once an allocation has failed. */
static size_t give(void *into, size_t capacity, void *context)
{
    struct slice *rest = context;
    size_t length = rest->length < capacity ? rest->length : capacity;
    if (has_failed)
        return 0;
    memcpy(into, rest->data, length);
    rest->data += length;
    rest->length -= length;
    return length;
}

static struct slice without_mark(struct slice text)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t length = sizeof(mark) - 1;
    if (text.length >= length && memcmp(text.data, mark, length) == 0)
        return (struct slice){text.data + length, text.length - length};
    return text;
}

static void watch(void)
{
    json_set_alloc_funcs(allocate, free);
    has_failed = false;
}

json_t *json_text_read(struct slice text, size_t flags, json_error_t *error, bool *exhausted)
{
    struct slice rest = without_mark(text);
    watch();
    json_t *document = json_load_callback(give, &rest, flags, error);
    *exhausted = has_failed;
    if (!has_failed)
        return document;
    json_decref(document);
    return NULL;
}

char *json_text_write(const json_t *value, size_t flags)
{
    watch();
    char *text = json_dumps(value, flags);
    if (!has_failed)
        return text;
    free(text);
    return NULL;
}
