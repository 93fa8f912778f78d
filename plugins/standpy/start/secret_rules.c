#include "secret_rules.h"

#include <string.h>
#include <strings.h>

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* A name that contains one of these looks like a secret. */
static const char *const words[] = {
    "TOKEN",   "SECRET", "PASSWORD",          "PASSWD",   "PASSPHRASE", "CREDENTIAL",
    "API_KEY", "APIKEY", "CONNECTION_STRING", "CONN_STR",
};

/* So does a name that ends with one of these. PWD alone is the working directory. */
static const char *const endings[] = {
    "_PWD", "_PASS", "_DSN", "_KEY", "_AUTH", "_PAT", "_SAS", "DATABASE_URL", "DATABASE_URI",
};

/* These open nothing. */
static const char *const harmless[] = {
    "TOKENIZERS_PARALLELISM",
    "MAX_TOKENS",
    "PARTITION_KEY",
    "PRIMARY_KEY",
    "FOREIGN_KEY",
    "SORT_KEY",
    "PUBLIC_KEY",
};

/* Programs need these variables, even if their URL has a password. */
static const char *const needed[] = {"_PROXY"};

static bool contains(struct slice name, const char *word)
{
    size_t length = strlen(word);
    for (size_t at = 0; at + length <= name.length; at++) {
        if (strncasecmp(name.data + at, word, length) == 0)
            return true;
    }
    return false;
}

static bool ends_with(struct slice name, const char *ending)
{
    size_t length = strlen(ending);
    return name.length >= length &&
           strncasecmp(name.data + name.length - length, ending, length) == 0;
}

static bool ends_with_one(struct slice name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ends_with(name, list[i]))
            return true;
    }
    return false;
}

static bool is_named(const char *list, struct slice name)
{
    while (list && *list) {
        size_t length = strcspn(list, ",");
        if (length == name.length && strncmp(list, name.data, length) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

/* A URL with a password: scheme://user:password@host (RFC 3986, section 3.2.1). */
static bool has_password(struct slice value)
{
    const char *end = value.data + value.length;
    const char *scheme = memmem(value.data, value.length, "://", 3);
    if (!scheme)
        return false;
    const char *user = scheme + 3;
    const char *slash = memchr(user, '/', (size_t)(end - user));
    size_t length = (size_t)((slash ? slash : end) - user);
    const char *at = memrchr(user, '@', length), *colon = memchr(user, ':', length);
    return at && colon && colon + 1 < at;
}

static bool looks_secret(struct slice name, struct slice value)
{
    if (ends_with_one(name, harmless, COUNT(harmless)))
        return false;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (contains(name, words[i]))
            return true;
    }
    return ends_with_one(name, endings, COUNT(endings)) ||
           (has_password(value) && !ends_with_one(name, needed, COUNT(needed)));
}

/* These open this engine, and often its neighbours, so no rule lets a script see them. */
static bool is_engines_own(struct slice name)
{
    return slice_equals(name, "ACCESS_TOKEN") || slice_equals(name, "ACCESS_TOKEN_FILE");
}

bool secret_is_hidden(const struct secret_rules *rules, struct slice variable)
{
    const char *equals = memchr(variable.data, '=', variable.length);
    if (!equals)
        return false;
    struct slice name = {variable.data, (size_t)(equals - variable.data)};
    struct slice value = {equals + 1, variable.length - name.length - 1};
    if (is_engines_own(name) || is_named(rules->hide, name))
        return true;
    return rules->guess && !is_named(rules->keep, name) && looks_secret(name, value);
}
