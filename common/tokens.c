#include "tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Visible ASCII without spaces. RFC 6750 allows less, but people make tokens. Quotes around a token
 * are a mistake: they come from a file of variables, and nobody removed them there. */
static bool is_token(const char *token)
{
    size_t length = strlen(token);
    for (const char *c = token; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return false;
    }
    bool quoted =
        length > 1 && (token[0] == '"' || token[0] == '\'') && token[length - 1] == token[0];
    return length > 0 && !quoted;
}

static bool add_one(struct tokens *tokens, const char *token)
{
    if (!is_token(token))
        return false;
    char **list = reallocarray(tokens->list, tokens->count + 1, sizeof(*list));
    if (!list)
        return false;
    tokens->list = list;
    list[tokens->count] = strdup(token);
    if (!list[tokens->count])
        return false;
    tokens->count++;
    return true;
}

bool tokens_add(struct tokens *tokens, const char *text)
{
    char *copy = strdup(text), *rest = copy, *one;
    bool added = copy != NULL;
    while (added && (one = strsep(&rest, ",")) != NULL)
        added = add_one(tokens, one + strspn(one, " "));
    if (copy)
        explicit_bzero(copy, strlen(text));
    free(copy);
    return added;
}

void tokens_free(struct tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++)
        free(tokens->list[i]);
    free(tokens->list);
    *tokens = (struct tokens){0};
}

bool tokens_are(const char *text)
{
    struct tokens tokens = {0};
    bool are = tokens_add(&tokens, text);
    tokens_free(&tokens);
    return are;
}

static bool equal_in_constant_time(const char *token, struct slice sent)
{
    size_t length = strlen(token);
    unsigned different = length != sent.length;
    for (size_t i = 0; i < sent.length; i++) {
        /* Beyond the token's end, compare with its null: every length takes the same work. */
        size_t at = i < length ? i : length;
        different |= (unsigned char)token[at] ^ (unsigned char)sent.data[i];
    }
    return different == 0;
}

bool tokens_allow(const struct tokens *tokens, struct slice authorization)
{
    static const char scheme[] = "Bearer ";
    const size_t skip = sizeof(scheme) - 1;
    if (tokens->count == 0)
        return true;
    if (!authorization.data || authorization.length < skip ||
        strncasecmp(authorization.data, scheme, skip) != 0)
        return false;
    /* libmicrohttpd 0.9.75 does not strip the spaces after a value. */
    struct slice sent =
        slice_trim((struct slice){authorization.data + skip, authorization.length - skip});
    bool allowed = false;
    for (size_t i = 0; i < tokens->count; i++) /* all of them, so that timing reveals nothing */
        allowed |= equal_in_constant_time(tokens->list[i], sent);
    return allowed;
}
