/*
 * The tokens that open an engine, and whether a client sent one of them. Pure.
 */
#ifndef STANDPY_TOKENS_H
#define STANDPY_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* Any of them opens the engine. All zero: there are none, and the engine is open to everyone. */
struct tokens {
    char **list; /* owned */
    size_t count;
};

#define TOKEN_ALLOWED "one or more visible ASCII characters, without commas, not in quotes"
#define TOKENS_ALLOWED                                                                             \
    "a token must be " TOKEN_ALLOWED "; leave the variable out for an engine without a token"

/* Adds the tokens of a text, which commas separate. False if one of them is not a token, or if
 * memory runs out. */
bool tokens_add(struct tokens *tokens, const char *text);
void tokens_free(struct tokens *tokens);

/* Whether a text is a list of tokens, separated by commas. */
bool tokens_are(const char *text);

/*
 * Whether an Authorization field has one of the tokens as its Bearer token (data NULL: there is no
 * such field). The time that this takes reveals nothing about the tokens.
 */
bool tokens_allow(const struct tokens *tokens, struct slice authorization);

/* Likewise, but as the password of HTTP Basic (RFC 7617), whatever the user is called. */
bool tokens_allow_basic(const struct tokens *tokens, struct slice authorization);

#endif
