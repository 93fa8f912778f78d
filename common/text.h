/*
 * Bytes that came from outside, made fit for JSON and for log lines.
 */
#ifndef STANDPY_TEXT_H
#define STANDPY_TEXT_H

#include <jansson.h>
#include <stddef.h>

/*
 * A JSON string of the bytes; every byte that is not part of valid UTF-8 becomes U+FFFD.
 * The caller owns the reference. NULL when memory runs out.
 */
json_t *text_to_json(const char *bytes, size_t length);

/*
 * Copies bytes to out (of capacity > 0, always null-terminated, cut where too long), with control
 * bytes and bytes above 0x7e written as \xNN, so that nobody can forge a log line.
 * Returns out.
 */
char *text_for_log(char *out, size_t capacity, const char *bytes, size_t length);

/* Copies text to out (of capacity > 0, always null-terminated, cut if it is too long). */
void text_copy(char *out, size_t capacity, const char *text);

#endif
