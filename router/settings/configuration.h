/*
 * Reads the settings from the environment, from the file that CONFIG names (it takes precedence),
 * and from files of tokens. They can be read again while requests run: each request keeps the
 * settings with which it began. If there is a certificate for TLS, it is read again too
 * (certificate.h).
 */
#ifndef STANDPY_ROUTER_CONFIGURATION_H
#define STANDPY_ROUTER_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

/* Prepares the rest of the program for new settings. False, with the line, if it cannot. */
typedef bool configuration_prepare(struct settings *settings, struct setting_error error);

/*
 * Reads everything, calls `prepare` with it, and makes it what configuration_hold returns. False,
 * with one line in error, if something is not allowed; then the settings stay as they were. Never
 * from two threads at the same time.
 */
bool configuration_load(configuration_prepare *prepare, char *error, size_t capacity);

/* The current settings, valid until they are released. From any thread. */
const struct settings *configuration_hold(void);
void configuration_release(const struct settings *settings);

/* Call it after the last release. */
void configuration_free(void);

#endif
