/*
 * The plugin's uWSGI options, and the environment variables that stand for them: what they say is
 * in `settings` once uWSGI has read its configuration, before .init.
 */
#ifndef STANDPY_OPTIONS_H
#define STANDPY_OPTIONS_H

#include "settings.h"
#include "uwsgi_api.h"

/* uWSGI's structs take non-const strings and never write to them. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

extern struct settings settings;
extern struct uwsgi_option standpy_options[]; /* made by set_up_options */

/* The plugin's options, and standard values: before uWSGI reads its configuration. */
void set_up_options(void);

/* Refuses to start with options of uWSGI's that cannot work. */
void check_options(void);

/* One line for each variable of the environment that may be a setting with a mistake in its name.
 */
void warn_of_near_misses(void);

/* One line that says why, and the end of the start: uWSGI ignores what .init returns. */
__attribute__((noreturn)) void refuse_start(const char *why);

#endif
