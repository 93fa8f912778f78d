/*
 * The contents that the front keeps: bytes of inputs in sealed memory, under their SHA-256. What
 * they take together is bounded; the least recently used go first. One that a request uses stays.
 * Knows nothing of requests and does no I/O, but owns descriptors and closes them.
 */
#ifndef STANDPY_CONTENTS_H
#define STANDPY_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_names.h"

struct content {
    char digest[CONTENT_DIGEST];
    content_forms forms;
    int file; /* sealed memory with the bytes, from its start; the store owns it */
    uint64_t length;
    size_t uses;      /* requests that have it */
    uint64_t used_at; /* the larger, the later */
};

/*
 * limit: bytes of all contents; 0: nothing is kept. most: how many contents there may be.
 * evictions: counts those that made room for others; borrowed.
 */
void contents_set_up(uint64_t limit, size_t most, uint64_t *evictions);

size_t contents_count(void);
uint64_t contents_bytes(void);

/* NULL if it is not there. It is now the one used last. */
struct content *contents_find(const char digest[CONTENT_DIGEST]);

/* Between the two it is in use. */
void content_take(struct content *content);
void content_give_back(struct content *content);

/*
 * Makes room for so many bytes, which from now on count as taken, until contents_add has them or
 * contents_release gives them up. False, and nothing changes, if there is no room beside what is in
 * use.
 */
bool contents_reserve(uint64_t length);
void contents_release(uint64_t length);

/*
 * Adds a content for which room is reserved. Takes ownership of the file, whatever it returns. If
 * the content has come meanwhile, that one stays and gets the form. NULL if memory runs out.
 */
struct content *contents_add(const char digest[CONTENT_DIGEST], enum content_form form, int file,
                             uint64_t length);

/* Forgets all of them; none may be in use. For tests. */
void contents_forget(void);

#endif
