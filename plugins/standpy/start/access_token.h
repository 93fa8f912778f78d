/*
 * The engine's own tokens: ACCESS_TOKEN, or the file or folder that ACCESS_TOKEN_FILE names.
 */
#ifndef STANDPY_ACCESS_TOKEN_H
#define STANDPY_ACCESS_TOKEN_H

#include <stdbool.h>

#include "setting.h"
#include "tokens.h"

/*
 * Reads them, and takes both variables out of the environment, because no script may learn them. It
 * does so whatever the ini says: one from before there were tokens must not leave an engine open.
 * False, with a line in error, if a token is not allowed.
 */
bool access_token_take(struct tokens *tokens, struct setting_error error);

/* Puts the variables back before uWSGI starts itself anew. */
void access_token_put_back(void);

#endif
