/*
 * Floating-point numbers as Python's repr writes them. Pure.
 */
#ifndef STANDPY_FLOAT_TEXT_H
#define STANDPY_FLOAT_TEXT_H

#include <stdbool.h>

#define FLOAT_TEXT 80 /* bytes */

/* The shortest decimals that are read as this number: 0.1, 1e+16, 1e-05, inf as Infinity. */
char *float_text(char out[FLOAT_TEXT], double number);

/* Whether a text is a number of JSON (RFC 8259 §6). *is_float: it has a fraction or an exponent. */
bool float_text_reads(const char *text, bool *is_float);

#endif
