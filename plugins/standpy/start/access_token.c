#include "access_token.h"

#include <stdlib.h>
#include <string.h>

#include "token_file.h"

#define TOKEN "ACCESS_TOKEN"
#define PATH  "ACCESS_TOKEN_FILE"

/* What the two variables said. */
static char *given_token, *given_path;

/* NULL if it is unset; an empty variable is a mistake, not an open engine. Overwrites the value in
 * the environment. */
static char *take_variable(const char *name)
{
    char *value = getenv(name);
    char *copy = value ? strdup(value) : NULL;
    if (value)
        explicit_bzero(value, strlen(value));
    unsetenv(name);
    return copy;
}

static bool take_file(struct tokens *tokens, struct setting_error error)
{
    char text[TOKEN_FILE_LIMIT + 1];
    bool taken = token_file_take(PATH, given_path, text, error) &&
                 (tokens_add(tokens, text) || setting_refuse(error, "out of memory"));
    explicit_bzero(text, sizeof(text));
    return taken;
}

bool access_token_take(struct tokens *tokens, struct setting_error error)
{
    given_token = take_variable(TOKEN);
    given_path = take_variable(PATH);
    if (given_token && given_path)
        return setting_refuse(error, TOKEN " and " PATH " are both set; set only one");
    if (given_path)
        return take_file(tokens, error);
    return !given_token || setting_take_tokens(tokens, TOKEN, given_token, error);
}

void access_token_put_back(void)
{
    if (given_token)
        setenv(TOKEN, given_token, 1);
    if (given_path)
        setenv(PATH, given_path, 1);
}
