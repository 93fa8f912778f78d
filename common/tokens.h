/*
 * Tokens that open an engine, and whether a client has sent one: pure.
 */
#ifndef STANDPY_TOKENS_H
#define STANDPY_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* Any of them opens; none: open to everyone. All zero is none. */
struct tokens {
    char **list; /* owned */
    size_t count;
};

#define TOKEN_ALLOWED "visible ASCII characters without comma, not in quotes, at least one"
#define TOKENS_ALLOWED                                                                             \
    "a token must be " TOKEN_ALLOWED "; leave the variable out for an engine without token"

/* Adds those of a text, with commas between. False where one is no token, or memory runs out. */
bool tokens_add(struct tokens *tokens, const char *text);
void tokens_free(struct tokens *tokens);

/* Whether a text is a list of tokens, with commas between. */
bool tokens_are(const char *text);

/*
 * Whether an Authorization field has one of them as its Bearer token (data NULL: no such field).
 * How long that takes tells nothing of the tokens.
 */
bool tokens_allow(const struct tokens *tokens, struct slice authorization);

#endif
