/*
 * Loads Python in two stages: first the environment's libpython, then the engine object. The
 * zygote's program names no Python symbol, so that one build fits every environment.
 */
#ifndef STANDPY_LOADER_H
#define STANDPY_LOADER_H

#include <stddef.h>

struct interpreter;

/*
 * library: the environment's libpython. NULL, and one line in error, if something does not load.
 * Loaded objects are never closed.
 */
const struct interpreter *load_interpreter(const char *library, char *error, size_t capacity);

#endif
