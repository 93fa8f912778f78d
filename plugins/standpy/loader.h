/*
 * The two-stage load: uWSGI loads plugins with RTLD_NOW, so the plugin itself must not name a
 * single Python symbol; the environment's libpython comes first, then the engine object.
 */
#ifndef STANDPY_LOADER_H
#define STANDPY_LOADER_H

#include <stddef.h>

struct environment;
struct interpreter;

/* NULL, and one line in error, where something does not load. Loaded objects are never closed. */
const struct interpreter *load_interpreter(const struct environment *environment, char *error,
                                           size_t capacity);

#endif
