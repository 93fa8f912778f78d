#include "connections.h"

#include <errno.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"
#include "visible.h"

#define MOST_TOKEN 65536 /* bytes of a token's file */

/* What was found so far. All owned. */
struct members {
    char *endpoint, *token, *token_file, *cacert;
};

static const struct {
    const char *name, *variable;
    size_t place;
} known[] = {
    {"endpoint", "STANDPY_ENDPOINT", offsetof(struct members, endpoint)},
    {"token", "STANDPY_TOKEN", offsetof(struct members, token)},
    {"token_file", "STANDPY_TOKEN_FILE", offsetof(struct members, token_file)},
    {"cacert", "STANDPY_CACERT", offsetof(struct members, cacert)},
};
#define KNOWN (sizeof(known) / sizeof(*known))

static char **member_at(struct members *members, size_t i)
{
    return (char **)(void *)((char *)members + known[i].place);
}

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

static bool no_memory(struct sentence *why)
{
    return sentence_say(why, "there is no memory left");
}

/* Replaces what is there. */
static bool take(char **member, const char *text, struct sentence *why)
{
    wipe(member);
    *member = strdup(text);
    return *member || no_memory(why);
}

/* With the home of the user in place of ~ or ~name. NULL if memory runs out. */
static char *expanded(const char *path, connection_variable *variable)
{
    if (*path != '~')
        return strdup(path);
    size_t length = strcspn(path, "/");
    char *name = strndup(path + 1, length - 1), *whole = NULL;
    const char *home = length == 1 ? variable("HOME") : NULL;
    if (name && !home) {
        const struct passwd *user = length == 1 ? getpwuid(getuid()) : getpwnam(name);
        home = user ? user->pw_dir : NULL;
    }
    free(name);
    if (!home)
        return strdup(path);
    return asprintf(&whole, "%s%s", home, path + length) < 0 ? NULL : whole;
}

static char *file_of(connection_variable *variable)
{
    const char *folder = variable("XDG_CONFIG_HOME");
    char *path = NULL, *home = NULL;
    if (!folder || *folder == '\0')
        folder = home = expanded("~/.config", variable);
    if (!folder || asprintf(&path, "%s/standpy/connections.json", folder) < 0)
        path = NULL;
    free(home);
    return path;
}

/*
 * The connections' file; NULL with *why: name NULL if no connection was asked for. jansson's own
 * words are left out, as they would show what stands around the mistake, such as a token.
 */
static json_t *load(const char *path, const char *name, struct sentence *why)
{
    char quoted[QUOTED];
    FILE *file = fopen(path, "re");
    json_t *all = NULL;
    json_error_t error;
    if (file)
        all = json_loadf(file, JSON_DECODE_ANY, &error);
    if (!file || ferror(file)) {
        const char *reason = strerror(errno);
        if (name)
            sentence_say(why, "there is no connection %s: %s cannot be read (%s)",
                         visible_quoted(quoted, name), path, reason);
        else
            sentence_say(why, "%s cannot be read (%s)", path, reason);
        json_decref(all);
        all = NULL;
    } else if (!all) {
        sentence_say(why, "%s is no JSON: it is wrong in line %d, column %d", path, error.line,
                     error.column);
    }
    if (file)
        fclose(file);
    return all;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object, sorted; the caller frees the array. *count 0: there are none. */
static const char **sorted_names(json_t *all, size_t *count)
{
    const char *key, **names = calloc(json_object_size(all) + 1, sizeof(*names));
    json_t *value;
    *count = 0;
    if (!names)
        return NULL;
    json_object_foreach(all, key, value) names[(*count)++] = key;
    qsort(names, *count, sizeof(*names), by_name);
    return names;
}

static bool unknown(json_t *all, const char *path, const char *name, struct sentence *why)
{
    char quoted[QUOTED], list[1024] = "none";
    size_t count, used = 0;
    const char **names = sorted_names(all, &count);
    for (size_t i = 0; names && i < count && used < sizeof(list); i++)
        used +=
            (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", names[i]);
    free(names);
    return sentence_say(why, "there is no connection %s in %s; there is %s",
                        visible_quoted(quoted, name), path, list);
}

static bool take_member(struct members *members, const char *key, json_t *value, bool *is_known,
                        struct sentence *why)
{
    *is_known = false;
    for (size_t i = 0; i < KNOWN && json_is_string(value); i++) {
        if (strcmp(key, known[i].name) != 0)
            continue;
        *is_known = strlen(json_string_value(value)) == json_string_length(value);
        return !*is_known || take(member_at(members, i), json_string_value(value), why);
    }
    return true;
}

/* Those of one connection. */
static bool take_members(struct members *members, json_t *connection, const char *path,
                         const char *name, struct sentence *why)
{
    const char *key;
    json_t *value;
    json_object_foreach(connection, key, value)
    {
        char quoted[QUOTED], wrong[QUOTED];
        bool is_known;
        if (!take_member(members, key, value, &is_known, why))
            return false;
        if (!is_known)
            return sentence_say(why,
                                "%s: the connection %s has %s, which is not a string named "
                                "endpoint, token, token_file, cacert",
                                path, visible_quoted(quoted, name), visible_quoted(wrong, key));
    }
    struct stat status;
    if (members->token && (stat(path, &status) != 0 || status.st_mode & (S_IRWXG | S_IRWXO)))
        return sentence_say(why, "%s has a token, and others may read it: chmod 600 %s", path,
                            path);
    return true;
}

static bool expand(char **path, connection_variable *variable, struct sentence *why)
{
    if (!*path)
        return true;
    char *whole = expanded(*path, variable);
    free(*path);
    *path = whole;
    return whole || no_memory(why);
}

static bool take_named(struct members *members, const char *name, connection_variable *variable,
                       struct sentence *why)
{
    char *path = file_of(variable);
    json_t *all = path ? load(path, name, why) : NULL;
    json_t *connection = json_object_get(all, name);
    bool taken = false;
    if (!path)
        no_memory(why);
    else if (all && !json_is_object(connection))
        unknown(all, path, name, why);
    else if (all)
        taken = take_members(members, connection, path, name, why) &&
                expand(&members->token_file, variable, why) &&
                expand(&members->cacert, variable, why);
    json_decref(all);
    free(path);
    return taken;
}

static bool take_variables(struct members *members, connection_variable *variable,
                           struct sentence *why)
{
    for (size_t i = 0; i < KNOWN; i++) {
        const char *text = variable(known[i].variable);
        if (text && *text && !take(member_at(members, i), text, why))
            return false;
    }
    return true;
}

static bool take_options(struct members *members, const struct connection_options *options,
                         struct sentence *why)
{
    bool has_file = options->token_file && *options->token_file;
    if (has_file)
        wipe(&members->token);
    return (!has_file || take(&members->token_file, options->token_file, why)) &&
           (!options->endpoint || *options->endpoint == '\0' ||
            take(&members->endpoint, options->endpoint, why)) &&
           (!options->cacert || *options->cacert == '\0' ||
            take(&members->cacert, options->cacert, why));
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Checks the text of a token's file, and takes the blanks around it away. */
static bool take_token(char **token, const char *path, char *text, size_t length,
                       struct sentence *why)
{
    for (size_t at = 0, step; at < length; at += step) {
        step = text[at] ? utf8_sequence(text + at, length - at) : 0;
        if (step == 0)
            return sentence_say(why, "the token's file %s is no text", path);
    }
    while (length > 0 && is_blank(text[length - 1]))
        text[--length] = '\0';
    while (is_blank(*text))
        text++;
    if (*text == '\0')
        return sentence_say(why, "the token's file %s is empty", path);
    return take(token, text, why);
}

/* text: MOST_TOKEN + 1 bytes. */
static bool read_stream(char **token, const char *path, FILE *file, char *text,
                        struct sentence *why)
{
    size_t length = file ? fread(text, 1, MOST_TOKEN + 1, file) : 0;
    if (!file || ferror(file))
        return sentence_say(why, "the token's file %s cannot be read: %s", path, strerror(errno));
    if (length > MOST_TOKEN)
        return sentence_say(why, "the token's file %s has more than %d bytes", path, MOST_TOKEN);
    text[length] = '\0';
    return take_token(token, path, text, length, why);
}

static bool read_token(char **token, const char *path, connection_variable *variable,
                       struct sentence *why)
{
    char *place = expanded(path, variable), *text = malloc(MOST_TOKEN + 1);
    bool taken = false;
    if (place && text) {
        FILE *file = fopen(place, "re");
        taken = read_stream(token, path, file, text, why);
        if (file)
            fclose(file);
        explicit_bzero(text, MOST_TOKEN + 1);
    } else {
        no_memory(why);
    }
    free(text);
    free(place);
    return taken;
}

/* Makes of the members what they mean. */
static bool resolve(struct connection *found, struct members *members,
                    connection_variable *variable, struct sentence *why)
{
    if (!members->endpoint)
        return sentence_say(why,
                            "there is no endpoint: set STANDPY_ENDPOINT, or name a connection");
    if (members->token && members->token_file)
        return sentence_say(why, "there are a token and a file of one; leave one out");
    if (members->token_file && !read_token(&members->token, members->token_file, variable, why))
        return false;
    *found = (struct connection){members->endpoint, members->token, members->cacert};
    members->endpoint = members->token = members->cacert = NULL;
    return true;
}

bool connection_find(struct connection *found, const struct connection_options *options,
                     connection_variable *variable, struct sentence *why)
{
    struct members members = {0};
    *found = (struct connection){0};
    bool resolved = (options->name ? take_named(&members, options->name, variable, why)
                                   : take_variables(&members, variable, why)) &&
                    take_options(&members, options, why) && resolve(found, &members, variable, why);
    for (size_t i = 0; i < KNOWN; i++)
        wipe(member_at(&members, i));
    return resolved;
}

void connection_finish(struct connection *connection)
{
    wipe(&connection->token);
    free(connection->endpoint);
    free(connection->cacert);
    *connection = (struct connection){0};
}

bool connection_names(FILE *out, connection_variable *variable, struct sentence *why)
{
    char *path = file_of(variable);
    json_t *all = path ? load(path, NULL, why) : NULL;
    size_t count = 0;
    const char **names = all ? sorted_names(all, &count) : NULL;
    for (size_t i = 0; names && i < count; i++) {
        visible_write(out, names[i], strlen(names[i]));
        putc('\n', out);
    }
    bool found = all != NULL;
    if (!path)
        no_memory(why);
    free(names);
    json_decref(all);
    free(path);
    return found;
}
