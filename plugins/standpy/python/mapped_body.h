/*
 * The body of a request, as it came to a runner: a few bytes, or memory that nobody changes.
 */
#ifndef STANDPY_MAPPED_BODY_H
#define STANDPY_MAPPED_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct body {
    const char *data;
    size_t length;
    /*
     * The sealed memory file that data is a mapping of, both owned: an input may map it once more
     * and use it in place. -1: data is borrowed, and inputs copy what they need.
     */
    int file;
};

static inline void body_close(struct body *body)
{
    if (body->file >= 0) {
        munmap((void *)(uintptr_t)body->data, body->length);
        close(body->file);
    }
    *body = (struct body){.data = "", .file = -1};
}

#endif
