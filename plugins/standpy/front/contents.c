#include "contents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    uint64_t limit, bytes, reserved; /* bytes: of all; reserved: for those that are to come */
    size_t most, reserved_count;
    struct content **all; /* `count` of them, in no order; there is room for `most` */
    size_t count;
    uint64_t now, *evictions;
} store;

void contents_set_up(uint64_t limit, size_t most, uint64_t *evictions)
{
    store.evictions = evictions;
    store.limit = limit;
    store.most = most;
}

size_t contents_count(void)
{
    return store.count;
}

uint64_t contents_bytes(void)
{
    return store.bytes;
}

struct content *contents_find(const char digest[CONTENT_DIGEST])
{
    for (size_t i = 0; i < store.count; i++) {
        struct content *content = store.all[i];
        if (memcmp(content->digest, digest, CONTENT_DIGEST) == 0) {
            content->used_at = ++store.now;
            return content;
        }
    }
    return NULL;
}

void content_take(struct content *content)
{
    content->uses++;
}

void content_give_back(struct content *content)
{
    assert(content->uses > 0);
    content->uses--;
    content->used_at = ++store.now;
}

/* Room */

static void drop(size_t place)
{
    struct content *content = store.all[place];
    store.bytes -= content->length;
    close(content->file);
    free(content);
    store.all[place] = store.all[--store.count];
}

/* The place of the one to go next. One is not in use. */
static size_t choose_victim(void)
{
    size_t victim = store.count;
    for (size_t i = 0; i < store.count; i++) {
        if (store.all[i]->uses == 0 &&
            (victim == store.count || store.all[i]->used_at < store.all[victim]->used_at))
            victim = i;
    }
    return victim;
}

/* Whether there is room beside what is in use or reserved. */
static bool can_have_room(uint64_t length)
{
    uint64_t bytes = store.reserved;
    size_t count = store.reserved_count;
    for (size_t i = 0; i < store.count; i++) {
        if (store.all[i]->uses == 0)
            continue;
        bytes += store.all[i]->length;
        count++;
    }
    return store.limit > 0 && length <= store.limit && bytes <= store.limit - length &&
           count < store.most;
}

static bool has_room(uint64_t length)
{
    return store.bytes + store.reserved <= store.limit - length &&
           store.count + store.reserved_count < store.most;
}

bool contents_reserve(uint64_t length)
{
    if (!store.all)
        store.all = calloc(store.most, sizeof(struct content *));
    if (!store.all || !can_have_room(length))
        return false;
    while (!has_room(length)) {
        drop(choose_victim());
        (*store.evictions)++;
    }
    store.reserved += length;
    store.reserved_count++;
    return true;
}

void contents_release(uint64_t length)
{
    assert(store.reserved_count > 0);
    store.reserved -= length;
    store.reserved_count--;
}

static struct content *add_new(const char digest[CONTENT_DIGEST], int file, uint64_t length)
{
    struct content *content = calloc(1, sizeof(*content));
    if (!content)
        return NULL;
    *content = (struct content){.file = file, .length = length, .used_at = ++store.now};
    memcpy(content->digest, digest, CONTENT_DIGEST);
    store.all[store.count++] = content;
    store.bytes += length;
    return content;
}

struct content *contents_add(const char digest[CONTENT_DIGEST], enum content_form form, int file,
                             uint64_t length)
{
    struct content *there = contents_find(digest);
    struct content *content = there ? there : add_new(digest, file, length);
    contents_release(length);
    if (there || !content)
        close(file);
    if (content)
        content->forms |= 1U << form;
    return content;
}

void contents_forget(void)
{
    while (store.count > 0) {
        assert(store.all[0]->uses == 0);
        drop(0);
    }
    free(store.all);
    store.all = NULL;
}
