/*
 * A request's body, while it comes and when it is whole. The front never looks into it. It lies in
 * memory, or in a memory file if it is larger than a message; the file is sealed before anybody
 * maps it.
 */
#ifndef STANDPY_BODY_H
#define STANDPY_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {.file = -1} is an empty body. */
struct body {
    char *data; /* owned; NULL if it is in the file, or empty */
    int file;   /* owned; -1 if there is none */
    uint64_t length, expected;
};

/* Makes room for so many bytes. False if there is no memory. */
bool body_make(struct body *body, uint64_t expected);

/* A body that is in a file already. Takes ownership of the file (-1: there is none). */
struct body body_of_file(int file, uint64_t length);

/* Adds what came. False if there is no memory for it. */
bool body_add(struct body *body, const char *bytes, size_t length);

enum body_progress { BODY_CAME, BODY_NOTHING_NOW, BODY_END, BODY_FULL };

/*
 * Adds what a socket has, up to `most` bytes; BODY_FULL: there is no memory for it. A large body
 * goes from the socket's pages to the file's with one copy.
 */
enum body_progress body_receive(struct body *body, int socket, size_t most);

/* Call it once the body is whole. False if it cannot be sealed. */
bool body_seal(const struct body *body);

void body_free(struct body *body);

/* The bytes in the memory files of all bodies. */
uint64_t bodies_bytes(void);

#endif
