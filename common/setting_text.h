/*
 * A table of settings as text: for --help, and for docs/configuration.md.
 */
#ifndef STANDPY_SETTING_TEXT_H
#define STANDPY_SETTING_TEXT_H

#include <stdio.h>

#include "setting.h"

/* Three lines for each. prefix: what stands before its name, or "". */
void setting_print_help(FILE *out, const struct setting *table, const char *prefix);

/* Rows of Markdown; with_options: the last column is the option that a variable sets. */
void setting_print_head(FILE *out, bool with_options);
void setting_print_rows(FILE *out, const struct setting *table, const char *prefix,
                        bool with_options);

/* A line for an option: what it is, what is allowed, and what holds without it. Returns out. */
char *setting_option_help(char *out, size_t capacity, const struct setting *setting);

#endif
