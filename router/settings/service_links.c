#include "service_links.h"

#include <stddef.h>
#include <string.h>

#include "engine_settings.h"

static bool ends_with(const char *text, size_t length, const char *suffix)
{
    size_t at = strlen(suffix);
    return length >= at && memcmp(text + length - at, suffix, at) == 0;
}

/* Whether a list has the variable of that stem and suffix. list NULL: it is empty. */
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
    size_t name = strcspn(variable, "=");
    if (strncmp(variable, "ENGINE_", 7) != 0 || !ends_with(variable, name, "_SERVICE_HOST"))
        return false;
    size_t stem = name - strlen("_HOST"); /* ENGINE_A_SERVICE */
    if (!has(environment, variable, stem, "_PORT") || has(file, variable, stem, "_HOST"))
        return false;
    for (const struct setting *other = engine_settings_table; other->name; other++) {
        if (strcmp(other->name, "_HOST") != 0 && (has(environment, variable, stem, other->name) ||
                                                  has(file, variable, stem, other->name)))
            return false;
    }
    return true;
}

/* Kubernetes sets these three for every service; nobody sets all three by mistake. */
static bool is_set_of(char *const *environment, const char *stem, size_t length)
{
    return has(environment, stem, length, "_SERVICE_HOST") &&
           has(environment, stem, length, "_SERVICE_PORT") &&
           has(environment, stem, length, "_PORT");
}

bool service_link_is_part(const char *variable, char *const *environment)
{
    static const char *const parts[] = {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"};
    size_t name = strcspn(variable, "=");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        size_t part = strlen(parts[i]);
        for (size_t at = 0; at + part <= name; at++) {
            /* _PORT_8080_TCP_ADDR and _SERVICE_PORT_HTTP begin with one of them. */
            bool ends = at + part == name || variable[at + part] == '_';
            if (ends && memcmp(variable + at, parts[i], part) == 0 &&
                is_set_of(environment, variable, at))
                return true;
        }
    }
    return false;
}
