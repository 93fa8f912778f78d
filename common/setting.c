#include "setting.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_port.h"
#include "near_miss.h"
#include "number.h"
#include "size.h"
#include "token_file.h"
#include "value.h"

/* Lines */

static bool refuse_not_allowed(const struct setting *setting, const char *name, const char *value,
                               struct setting_error error)
{
    char allowed[SETTING_ALLOWED], why[SETTING_ALLOWED + 16];
    snprintf(why, sizeof(why), "it must be %s", setting_allowed(allowed, setting));
    return setting_refuse_value(error, name, value, why);
}

/* What is allowed */

__attribute__((format(printf, 2, 3))) static void append(char out[SETTING_ALLOWED],
                                                         const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + used, SETTING_ALLOWED - used, format, arguments);
    va_end(arguments);
}

static void append_size(char *out, uint64_t from)
{
    append(out, "%s", SIZE_ALLOWED);
    if (from > 1)
        append(out, ", at least %" PRIu64 "m", from >> 20);
}

static void append_choices(char *out, const struct setting_choice *choice)
{
    for (const char *before = ""; choice->name; choice++) {
        append(out, "%s%s", before, choice->name);
        before = choice[1].name && choice[2].name ? ", " : " or ";
    }
}

char *setting_allowed(char out[SETTING_ALLOWED], const struct setting *setting)
{
    out[0] = '\0';
    switch (setting->kind) {
    case SETTING_NUMBER:
        append(out, setting->unit ? "whole %s" : "a whole number",
               setting->unit ? setting->unit : "");
        append(out, " from %" PRIu64 " to %" PRIu64, setting->from, setting->to);
        break;
    case SETTING_SIZE:
        append_size(out, setting->from);
        break;
    case SETTING_CHOICE:
    case SETTING_SWITCH:
        append_choices(out, setting->choices);
        break;
    case SETTING_ADDRESS:
        append(out, "address:port or :port");
        break;
    case SETTING_TOKENS:
        append(out, "%s; several with commas between", TOKEN_ALLOWED);
        break;
    case SETTING_TOKEN_FILE:
        append(out,
               "the path of a file, or of a folder of files, up to %d KiB in all: tokens in lines "
               "or with commas between",
               TOKEN_FILE_LIMIT >> 10);
        break;
    case SETTING_TEXT:
    case SETTING_OWN:
        append(out, "%s", setting->allowed);
        break;
    }
    if (setting->otherwise)
        append(out, ", or %s", setting->otherwise);
    return out;
}

/* Values of each kind. place NULL: only check the value. */

static enum setting_taken allowed_if(bool is)
{
    return is ? SETTING_TAKEN : SETTING_NOT_ALLOWED;
}

static enum setting_taken take_number(const struct setting *setting, const char *value,
                                      unsigned *place)
{
    unsigned number;
    bool valid = number_parse(value, setting->from, setting->to, &number);
    if (valid && place)
        *place = number;
    return allowed_if(valid);
}

static enum setting_taken take_size(const struct setting *setting, const char *value,
                                    uint64_t *place)
{
    uint64_t bytes = 0;
    bool none = setting->from == 0 && strcmp(value, "0") == 0;
    bool valid = none || (size_parse(value, &bytes) && bytes >= setting->from);
    if (valid && place)
        *place = bytes;
    return allowed_if(valid);
}

static const struct setting_choice *choose(const struct setting *setting, const char *value)
{
    for (const struct setting_choice *choice = setting->choices; choice->name; choice++) {
        if (strcmp(choice->name, value) == 0)
            return choice;
    }
    return NULL;
}

static enum setting_taken take_choice(const struct setting *setting, const char *value, void *place)
{
    const struct setting_choice *choice = choose(setting, value);
    if (choice && place && setting->kind == SETTING_SWITCH)
        *(bool *)place = choice->value != 0;
    else if (choice && place)
        *(unsigned *)place = choice->value;
    return allowed_if(choice != NULL);
}

static enum setting_taken take_address(const char *value, struct host_port *place)
{
    char *copy = strdup(value), *host;
    if (!copy)
        return SETTING_NO_MEMORY;
    struct host_port taken = {0};
    bool valid = host_port_split(copy, &host, &taken.port) && taken.port > 0 &&
                 (host[0] == '\0' || host_is_valid(host));
    if (valid && place && host[0] != '\0')
        taken.host = strdup(host);
    bool kept = !valid || !place || host[0] == '\0' || taken.host;
    free(copy);
    if (valid && place && kept) {
        free(place->host);
        *place = taken;
    }
    return kept ? allowed_if(valid) : SETTING_NO_MEMORY;
}

static void free_text(const char **place)
{
    free((char *)(uintptr_t)*place);
    *place = NULL;
}

static enum setting_taken take_text(const struct setting *setting, const char *value,
                                    const char **place)
{
    if (setting->valid && !setting->valid(value))
        return SETTING_NOT_ALLOWED;
    if (!place)
        return SETTING_TAKEN;
    char *copy = strdup(value);
    if (!copy)
        return SETTING_NO_MEMORY;
    free_text(place);
    *place = copy;
    return SETTING_TAKEN;
}

static enum setting_taken take(const struct setting *setting, const char *value, void *place)
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        return take_number(setting, value, place);
    case SETTING_SIZE:
        return take_size(setting, value, place);
    case SETTING_CHOICE:
    case SETTING_SWITCH:
        return take_choice(setting, value, place);
    case SETTING_ADDRESS:
        return take_address(value, place);
    case SETTING_TEXT:
        return take_text(setting, value, place);
    case SETTING_OWN:
        return setting->take(place, value);
    case SETTING_TOKENS:
    case SETTING_TOKEN_FILE:
        break;
    }
    return SETTING_TAKEN;
}

static void *place_of(const struct setting *setting, void *owner)
{
    return owner && setting->place > 0 ? (char *)owner + setting->place - 1 : NULL;
}

bool setting_take(const struct setting *setting, const char *name, const char *value, void *owner,
                  struct setting_error error)
{
    void *place = place_of(setting, owner);
    if (setting->kind == SETTING_TOKENS)
        return setting_take_tokens(place, name, value, error);
    const char *flaw = value_flaw(value);
    if (flaw)
        return setting_refuse_value(error, name, value, flaw);
    switch (take(setting, value, place)) {
    case SETTING_TAKEN:
        return true;
    case SETTING_NOT_ALLOWED:
        return refuse_not_allowed(setting, name, value, error);
    case SETTING_NO_MEMORY:
        break;
    }
    return setting_refuse(error, "out of memory");
}

bool setting_take_tokens(struct tokens *tokens, const char *name, const char *value,
                         struct setting_error error)
{
    const char *flaw = value_flaw(value);
    if (!flaw && (tokens ? tokens_add(tokens, value) : tokens_are(value)))
        return true;
    return setting_refuse(error, "%s is not allowed: %s", name, flaw ? flaw : TOKENS_ALLOWED);
}

/* Tables */

const struct setting *setting_find(const struct setting *table, const char *name)
{
    for (; table->name; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

const struct setting *setting_near(const struct setting *table, const char *name)
{
    for (; table->name; table++) {
        if (near_miss(name, table->name))
            return table;
    }
    return NULL;
}

bool setting_take_standards(const struct setting *table, void *owner, struct setting_error error)
{
    for (; table->name; table++) {
        if (table->standard && !setting_take(table, table->name, table->standard, owner, error))
            return false;
    }
    return true;
}

void setting_release(const struct setting *table, void *owner)
{
    for (; table->name; table++) {
        void *place = place_of(table, owner);
        if (!place)
            continue;
        if (table->kind == SETTING_TEXT)
            free_text(place);
        else if (table->kind == SETTING_TOKENS)
            tokens_free(place);
        else if (table->kind == SETTING_ADDRESS)
            free(((struct host_port *)place)->host);
    }
}
