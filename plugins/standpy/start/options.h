/*
 * The plugin's uWSGI options, and the environment variables that stand for them. `settings` has
 * their values once uWSGI has read its configuration, before .init.
 */
#ifndef STANDPY_OPTIONS_H
#define STANDPY_OPTIONS_H

#include "settings.h"
#include "uwsgi_api.h"

/* uWSGI's structs take non-const strings and never write to them. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

extern struct settings settings;
extern struct uwsgi_option standpy_options[]; /* made by set_up_options */

/* Sets up the plugin's options and the defaults. Call it before uWSGI reads its configuration. */
void set_up_options(void);

/* Refuses to start with uWSGI options that cannot work. */
void check_options(void);

/* Logs one line for each variable of the environment that may be a setting with a misspelt name. */
void warn_of_near_misses(void);

/* Logs one line that says why, and exits, because uWSGI ignores what .init returns. */
__attribute__((noreturn)) void refuse_start(const char *why);

#endif
