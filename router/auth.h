/*
 * Tokens (RFC 6750 §2.1): pure.
 */
#ifndef STANDPY_ROUTER_AUTH_H
#define STANDPY_ROUTER_AUTH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True where there is no token (the engine is open), or authorization is "Bearer <one of them>".
 * The time it takes depends on the length of what was sent and on how many tokens there are, not on
 * which. authorization may be NULL.
 */
bool auth_allows(char *const *tokens, size_t count, const char *authorization);

#endif
