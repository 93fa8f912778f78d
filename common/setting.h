/*
 * Tables of settings: the name of each, its allowed values, its meaning, and the member that takes
 * it. Engine and router have their own tables (settings.c, engine_settings.c). Reading, error
 * lines, --help and the tables in docs/configuration.md all follow these tables. Pure.
 */
#ifndef STANDPY_SETTING_H
#define STANDPY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "setting_error.h"
#include "tokens.h"

/* Each with the type of the member that takes the value. */
enum setting_kind {
    SETTING_NUMBER,     /* unsigned */
    SETTING_SIZE,       /* uint64_t, bytes */
    SETTING_CHOICE,     /* an enum */
    SETTING_SWITCH,     /* bool: a choice of two */
    SETTING_ADDRESS,    /* struct host_port, to listen on */
    SETTING_TEXT,       /* const char *, owned */
    SETTING_TOKENS,     /* struct tokens; no error line shows the value */
    SETTING_TOKEN_FILE, /* none: token_file_take reads it */
    SETTING_OWN,        /* whatever `take` fills */
};

enum setting_taken { SETTING_TAKEN, SETTING_NOT_ALLOWED, SETTING_NO_MEMORY };

/* A name that a value may have. A list ends with a NULL name. */
struct setting_choice {
    const char *name;
    unsigned value;
};

/* A table ends with an entry without a name. Texts may contain `code` as in Markdown. */
struct setting {
    const char *name;     /* of the variable, or the part of it after a prefix */
    const char *option;   /* of uWSGI or its plugin, set by the variable; NULL: none */
    const char *help;     /* the meaning, in one line */
    const char *more;     /* more, for docs/configuration.md only; NULL: nothing */
    const char *standard; /* the default, as a user would write it; NULL: none */
    const char *unset;    /* what applies then, in words */
    enum setting_kind kind;
    size_t place;      /* SETTING_PLACE; 0: other code takes the value */
    uint64_t from, to; /* the range; for sizes the minimum: 0 allows "0", 1 any, else whole MiB */
    const char *unit;  /* of numbers: "seconds"; NULL: none */
    const char *otherwise; /* of numbers and sizes, e.g. "0 for none"; NULL: nothing */
    const struct setting_choice *choices; /* of choices and switches */
    const char *allowed;                  /* of texts and own kinds: what a value must be */
    bool (*valid)(const char *value);     /* of texts; NULL: any value is */
    enum setting_taken (*take)(void *place, const char *value); /* of own kinds */
};

/* The member that takes a value, as its offset plus 1. It must be of that type. */
#define SETTING_PLACE(structure, member, type)                                                     \
    (offsetof(structure, member) + sizeof(_Generic(((structure *)0)->member, type : (char)0)))
#define SETTING_OWNER ((size_t)1) /* the whole struct, for own kinds */

/* NULL if no setting has that name. */
const struct setting *setting_find(const struct setting *table, const char *name);

/* The setting that a mistyped name probably means; NULL if none is similar. */
const struct setting *setting_near(const struct setting *table, const char *name);

/*
 * Checks a value and stores it in owner, a struct of the table's type. owner NULL: only checks it.
 * The error line begins with `name`, which may be that of the option.
 */
bool setting_take(const struct setting *setting, const char *name, const char *value, void *owner,
                  struct setting_error error);

/* Stores the defaults in an owner that is all zero. */
bool setting_take_standards(const struct setting *table, void *owner, struct setting_error error);

/* Frees what the owner holds, except for what `take` made. */
void setting_release(const struct setting *table, void *owner);

bool setting_take_tokens(struct tokens *tokens, const char *name, const char *value,
                         struct setting_error error);

#define SETTING_ALLOWED 256 /* bytes, for setting_allowed */

/* Writes what a value must be, such as "a whole number from 1 to 64". Returns out. */
char *setting_allowed(char out[SETTING_ALLOWED], const struct setting *setting);

#endif
