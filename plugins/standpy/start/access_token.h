/*
 * The engine's own tokens: ACCESS_TOKEN, or the file or folder that ACCESS_TOKEN_FILE names.
 */
#ifndef STANDPY_ACCESS_TOKEN_H
#define STANDPY_ACCESS_TOKEN_H

#include <stdbool.h>

#include "setting.h"
#include "tokens.h"

/*
 * Reads them and takes both variables out of the environment, as scripts run on for neighbours
 * what they know. Whatever the ini says: one that was made before there were tokens must not leave
 * an engine open. False, with a line, where one is not allowed.
 */
bool access_token_take(struct tokens *tokens, struct setting_error error);

/* Puts the variables back for a uWSGI that is about to start itself anew. */
void access_token_put_back(void);

#endif
