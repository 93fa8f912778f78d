/*
 * Finds the scripts' Python environment, and the libpython that belongs to it.
 */
#ifndef STANDPY_ENVIRONMENT_H
#define STANDPY_ENVIRONMENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct settings;

struct environment {
    char name[PATH_MAX];       /* for /info: CONDA_ENV, or sys.prefix if that is unset */
    char version[16];          /* e.g. "3.11" */
    char executable[PATH_MAX]; /* its python3, for Py_SetProgramName */
    char library[PATH_MAX];    /* its libpython3.X.so */
    char kind[64];             /* empty for the usual build of CPython */
};

/*
 * Finds the environment that the settings name. It asks the environment's own interpreter, which
 * knows its prefix, whether conda, venv, uv, pyenv or Debian made it. Activates the environment if
 * it has a name. False, with the reason in error, if it cannot be used.
 */
bool environment_find(struct environment *environment, const struct settings *settings, char *error,
                      size_t capacity);

/*
 * Reads what the interpreter printed: lines of executable, prefix, version, library (empty if it
 * has none) and kind. False if it is anything else. Pure.
 */
bool environment_parse(struct environment *environment, char *answer);

/* Writes the line for an environment that cannot be used. */
void environment_error(const struct settings *settings, const char *why, char *line,
                       size_t capacity);

#endif
