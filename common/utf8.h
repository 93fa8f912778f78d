/*
 * Characters in UTF-8 (RFC 3629). Pure.
 */
#ifndef STANDPY_UTF8_H
#define STANDPY_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at p, of which `left` (> 0) are there; 0 if there is no valid one. */
size_t utf8_sequence(const char *p, size_t left);

/* The character of a sequence that utf8_sequence found. */
uint32_t utf8_character(const char *p, size_t length);

/* Writes the character, which is no surrogate; returns its bytes. */
size_t utf8_put(char out[4], uint32_t character);

#endif
