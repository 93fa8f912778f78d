/*
 * A sentence for the user that says what is wrong and what to do. Pure.
 */
#ifndef STANDPY_SENTENCE_H
#define STANDPY_SENTENCE_H

#include <stdbool.h>

struct sentence {
    char text[2048]; /* null-terminated; cut if the sentence is longer */
};

/* Writes the sentence and returns false. */
__attribute__((format(printf, 2, 3))) bool sentence_say(struct sentence *sentence,
                                                        const char *format, ...);

#endif
