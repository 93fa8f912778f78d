/*
 * Prints a table of settings, for --help and for docs/configuration.md.
 */
#ifndef STANDPY_SETTING_TEXT_H
#define STANDPY_SETTING_TEXT_H

#include <stdio.h>

#include "setting.h"

/* Prints three lines for each setting. prefix: goes before each name; may be "". */
void setting_print_help(FILE *out, const struct setting *table, const char *prefix);

/* Print a table in Markdown. with_options: its last column has the option that a variable sets. */
void setting_print_head(FILE *out, bool with_options);
void setting_print_rows(FILE *out, const struct setting *table, const char *prefix,
                        bool with_options);

/* Writes one line for an option: meaning, allowed values and default. Returns out. */
char *setting_option_help(char *out, size_t capacity, const struct setting *setting);

#endif
