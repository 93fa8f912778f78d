/*
 * Makes bytes from outside safe for JSON and for log lines.
 */
#ifndef STANDPY_TEXT_H
#define STANDPY_TEXT_H

#include <jansson.h>
#include <stddef.h>

/*
 * Returns the bytes as a JSON string; every byte that is not part of valid UTF-8 becomes U+FFFD.
 * The caller owns the reference. NULL if memory runs out.
 */
json_t *text_to_json(const char *bytes, size_t length);

/*
 * Copies bytes to out (capacity > 0; always null-terminated, cut if too long). Writes control
 * bytes, bytes above 0x7e, backslashes and double quotes as \xNN, so that nobody can forge a log
 * line. Returns out.
 */
char *text_for_log(char *out, size_t capacity, const char *bytes, size_t length);

/* Copies text to out (capacity > 0; always null-terminated, cut if too long). */
void text_copy(char *out, size_t capacity, const char *text);

#endif
