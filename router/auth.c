#include "auth.h"

#include <string.h>
#include <strings.h>

static bool equal_in_constant_time(const char *token, const char *sent, size_t sent_length)
{
    size_t token_length = strlen(token);
    unsigned different = token_length != sent_length;
    for (size_t i = 0; i < sent_length; i++) {
        /* Beyond the token's end compare with its null: the same work for every length. */
        size_t at = i < token_length ? i : token_length;
        different |= (unsigned char)token[at] ^ (unsigned char)sent[i];
    }
    return different == 0;
}

bool auth_allows(char *const *tokens, size_t count, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (count == 0)
        return true;
    if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return false;
    const char *sent = authorization + sizeof(scheme) - 1;
    sent += strspn(sent, " ");
    size_t length = strlen(sent); /* libmicrohttpd 0.9.75 leaves the spaces behind a value to it */
    while (length > 0 && (sent[length - 1] == ' ' || sent[length - 1] == '\t'))
        length--;
    bool allowed = false;
    for (size_t i = 0; i < count; i++) /* all of them, so that time tells nothing */
        allowed |= equal_in_constant_time(tokens[i], sent, length);
    return allowed;
}
