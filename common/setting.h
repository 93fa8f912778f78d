/*
 * Settings as a table: what each is called, what it may be, what it means, and where it goes.
 * Engine and router have their tables (settings.c, engine_settings.c); what is read, the lines of
 * what is refused, --help and the tables of docs/configuration.md all come from them. Pure.
 */
#ifndef STANDPY_SETTING_H
#define STANDPY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "setting_error.h"
#include "tokens.h"

/* With the type of the member that takes it. */
enum setting_kind {
    SETTING_NUMBER,     /* unsigned */
    SETTING_SIZE,       /* uint64_t, bytes */
    SETTING_CHOICE,     /* an enum */
    SETTING_SWITCH,     /* bool: a choice of two */
    SETTING_ADDRESS,    /* struct host_port, to listen on */
    SETTING_TEXT,       /* const char *, owned */
    SETTING_TOKENS,     /* struct tokens; no line shows its value */
    SETTING_TOKEN_FILE, /* none: token_file_take reads it */
    SETTING_OWN,        /* whatever `take` fills */
};

enum setting_taken { SETTING_TAKEN, SETTING_NOT_ALLOWED, SETTING_NO_MEMORY };

/* Names of values; a list of them ends with a NULL. */
struct setting_choice {
    const char *name;
    unsigned value;
};

/* A table of them ends with one without a name. Texts may have `code` as Markdown has it. */
struct setting {
    const char *name;     /* of the variable, or what stands in it behind a prefix */
    const char *option;   /* of uWSGI or of its plugin, which the variable sets; NULL: none */
    const char *help;     /* what it is: one line */
    const char *more;     /* what docs/configuration.md says besides; NULL: nothing */
    const char *standard; /* the value without the variable, as one would write it; NULL: none */
    const char *unset;    /* what holds then, in words */
    enum setting_kind kind;
    size_t place;          /* SETTING_PLACE; 0: somebody else takes it */
    uint64_t from, to;     /* numbers; sizes: from alone, 0 allows "0", 1 any, else whole MiB */
    const char *unit;      /* numbers: "seconds"; NULL: none */
    const char *otherwise; /* numbers, sizes: "0 for none", say; NULL: nothing */
    const struct setting_choice *choices; /* choices, switches */
    const char *allowed;                  /* texts, own ones: what they must be */
    bool (*valid)(const char *value);     /* texts; NULL: any is */
    enum setting_taken (*take)(void *place, const char *value); /* own ones, with an owner */
};

/* Where a value goes: a member, which must be of that type (its offset, and 1). */
#define SETTING_PLACE(structure, member, type)                                                     \
    (offsetof(structure, member) + sizeof(_Generic(((structure *)0)->member, type : (char)0)))
#define SETTING_OWNER ((size_t)1) /* the whole struct, for own ones */

/* NULL: there is none of that name. */
const struct setting *setting_find(const struct setting *table, const char *name);

/* The one that somebody meant who wrote a name that is none; NULL: nothing like it. */
const struct setting *setting_near(const struct setting *table, const char *name);

/*
 * Checks a value and puts it into its place in owner, a struct of the table's; owner NULL: checks
 * it only. The line begins with `name`, which may be the option's.
 */
bool setting_take(const struct setting *setting, const char *name, const char *value, void *owner,
                  struct setting_error error);

/* Puts the standard values into an owner that is all zero. */
bool setting_take_standards(const struct setting *table, void *owner, struct setting_error error);

/* Frees what is owned in it, but for what `take` made. */
void setting_release(const struct setting *table, void *owner);

bool setting_take_tokens(struct tokens *tokens, const char *name, const char *value,
                         struct setting_error error);

#define SETTING_ALLOWED 256 /* bytes of what a value must be */

/* What a value must be, as in "it must be a whole number from 1 to 64". Returns out. */
char *setting_allowed(char out[SETTING_ALLOWED], const struct setting *setting);

#endif
