/*
 * Tokens (RFC 6750 §2.1): pure.
 */
#ifndef STANDPY_ROUTER_AUTH_H
#define STANDPY_ROUTER_AUTH_H

#include <stdbool.h>

/*
 * True where token is NULL (the engine is open), or authorization is "Bearer <token>". The time it
 * takes depends on the length of what was sent, not on the token. authorization may be NULL.
 */
bool auth_allows(const char *token, const char *authorization);

#endif
