/*
 * The body of a request as a runner gets it: a few bytes, or memory that nobody changes.
 */
#ifndef STANDPY_MAPPED_BODY_H
#define STANDPY_MAPPED_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "content_names.h"

struct body {
    const char *data;
    size_t length;
    /*
     * The sealed memory file that data maps; both are owned. An input may map it once more and use
     * it in place. -1: data is borrowed, and inputs copy what they need.
     */
    int file;
    int contents[CONTENTS_MOST]; /* owned; kept contents that inputs name, as sealed memory */
    size_t content_count;
};

static inline void body_close(struct body *body)
{
    if (body->file >= 0) {
        munmap((void *)(uintptr_t)body->data, body->length);
        close(body->file);
    }
    for (size_t i = 0; i < body->content_count; i++)
        close(body->contents[i]);
    *body = (struct body){.data = "", .file = -1};
}

#endif
