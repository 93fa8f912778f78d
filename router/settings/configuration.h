/*
 * Where the settings come from: the environment, the file that CONFIG names over it, and files of
 * tokens. They can be read again while requests run: each request keeps those that it began with.
 * The certificate of TLS is read again with them, where there is one (certificate.h).
 */
#ifndef STANDPY_ROUTER_CONFIGURATION_H
#define STANDPY_ROUTER_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

/*
 * Reads everything, calls `prepare` with it (may be NULL), and makes it what configuration_hold
 * returns. False, with one line in error, where something is not allowed; what was there before
 * stays then. Not from two threads at a time.
 */
bool configuration_load(void (*prepare)(const struct settings *settings), char *error,
                        size_t capacity);

/* The settings now, valid until they are released. From any thread. */
const struct settings *configuration_hold(void);
void configuration_release(const struct settings *settings);

/* After the last release. */
void configuration_free(void);

#endif
