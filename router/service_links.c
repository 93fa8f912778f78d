#include "service_links.h"

#include <stddef.h>
#include <string.h>

static bool ends_with(const char *text, size_t length, const char *suffix)
{
    size_t at = strlen(suffix);
    return length >= at && memcmp(text + length - at, suffix, at) == 0;
}

/* Whether a list has the variable of that stem and suffix; no list: NULL. */
static bool has(char *const *list, const char *stem, size_t length, const char *suffix)
{
    size_t more = strlen(suffix);
    for (; list && *list; list++) {
        if (strncmp(*list, stem, length) == 0 && strncmp(*list + length, suffix, more) == 0 &&
            (*list)[length + more] == '=')
            return true;
    }
    return false;
}

bool service_link_is_host(const char *variable, char *const *environment, char *const *file)
{
    static const char *const of_engines[] = {"_TOKEN", "_TOKEN_FILE", "_QUEUE"};
    size_t name = strcspn(variable, "=");
    if (strncmp(variable, "ENGINE_", 7) != 0 || !ends_with(variable, name, "_SERVICE_HOST"))
        return false;
    size_t stem = name - strlen("_HOST"); /* ENGINE_A_SERVICE */
    if (!has(environment, variable, stem, "_PORT") || has(file, variable, stem, "_HOST"))
        return false;
    for (size_t i = 0; i < sizeof(of_engines) / sizeof(*of_engines); i++) {
        if (has(environment, variable, stem, of_engines[i]) ||
            has(file, variable, stem, of_engines[i]))
            return false;
    }
    return true;
}
