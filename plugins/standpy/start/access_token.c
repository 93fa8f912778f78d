#include "access_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token_file.h"
#include "value.h"

#define TOKEN "ACCESS_TOKEN"
#define PATH  "ACCESS_TOKEN_FILE"

/* What the two variables said. */
static char *given_token, *given_path;

/* NULL where it is unset; one that is empty is a mistake, and no open engine. Its value is
 * overwritten where it stood. */
static char *take_variable(const char *name)
{
    char *value = getenv(name);
    char *copy = value ? strdup(value) : NULL;
    if (value)
        explicit_bzero(value, strlen(value));
    unsetenv(name);
    return copy;
}

static bool take_token(struct tokens *tokens, char *error, size_t capacity)
{
    const char *flaw = value_flaw(given_token);
    if (!flaw && tokens_add(tokens, given_token))
        return true;
    snprintf(error, capacity, TOKEN " is not allowed: %s", flaw ? flaw : TOKENS_ALLOWED);
    return false;
}

static bool take_file(struct tokens *tokens, char *error, size_t capacity)
{
    char text[TOKEN_FILE_LIMIT + 1], why[400], shown[VALUE_SHOWN];
    const char *flaw = value_flaw(given_path);
    value_shown(shown, given_path);
    bool taken = false;
    if (flaw)
        snprintf(error, capacity, PATH "=%s is not allowed: %s", shown, flaw);
    else if (!token_file_read(given_path, text, why, sizeof(why)))
        snprintf(error, capacity, PATH "=%s%s", shown, why);
    else
        taken = tokens_add(tokens, text);
    explicit_bzero(text, sizeof(text));
    return taken;
}

bool access_token_take(struct tokens *tokens, char *error, size_t capacity)
{
    given_token = take_variable(TOKEN);
    given_path = take_variable(PATH);
    if (given_token && given_path) {
        snprintf(error, capacity, TOKEN " and " PATH " are both there; one is enough");
        return false;
    }
    if (given_path)
        return take_file(tokens, error, capacity);
    return !given_token || take_token(tokens, error, capacity);
}

void access_token_put_back(void)
{
    if (given_token)
        setenv(TOKEN, given_token, 1);
    if (given_path)
        setenv(PATH, given_path, 1);
}
