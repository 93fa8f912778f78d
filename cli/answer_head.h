/*
 * The head of an answer, line by line: what the client needs of it. Pure.
 */
#ifndef STANDPY_CLI_ANSWER_HEAD_H
#define STANDPY_CLI_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sentence.h"
#include "slice.h"

#define ANSWER_HEAD_MOST 65536 /* bytes, as every client takes them */

/* All zero at the beginning. Values of fields are null-terminated, "" without the field, and cut if
 * they are longer than any that means something. */
struct answer_head {
    size_t size; /* bytes of its lines */
    int status;
    bool is_complete; /* its last line was there, and it is no interim answer */
    int64_t length;   /* of the body; -1 if only its end tells */
    char reason[128];
    char content_type[256], content_encoding[64], location[512], retry_after[64];
    char content_length[64], transfer_encoding[64];
    char kept[4096]; /* StandPy-Kept */
};

/*
 * Takes the next line, with its end. Lines after the head (trailers) are ignored; a status line
 * after an interim answer begins the head again. False if it is no HTTP/1.1, or too large.
 */
bool answer_head_take(struct answer_head *head, struct slice line, struct sentence *why);

/* The type of the body without parameters, in lower case. Returns out. */
char *answer_head_media_type(const struct answer_head *head, char out[256]);

#endif
