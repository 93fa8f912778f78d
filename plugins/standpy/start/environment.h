/*
 * Where the Python environment of the scripts is, and the libpython that belongs to it.
 */
#ifndef STANDPY_ENVIRONMENT_H
#define STANDPY_ENVIRONMENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct settings;

struct environment {
    char name[PATH_MAX];       /* for /info: CONDA_ENV, or sys.prefix where that is unset */
    char version[16];          /* e.g. "3.11" */
    char executable[PATH_MAX]; /* its python3, for Py_SetProgramName */
    char library[PATH_MAX];    /* its libpython3.X.so */
    char kind[64];             /* empty for the usual build of CPython */
};

/*
 * Finds the environment that the settings name by asking its own interpreter, which knows its
 * prefix, whether it came by conda, venv, uv, pyenv or Debian.
 * False, and in error what is wrong, where there is none that can be used. Activates it where it
 * has a name.
 */
bool environment_find(struct environment *environment, const struct settings *settings, char *error,
                      size_t capacity);

/*
 * Reads what the interpreter said: lines of executable, prefix, version, library (empty where it
 * has none), kind. False where it is anything else. Pure.
 */
bool environment_parse(struct environment *environment, char *answer);

/* The line for an environment that cannot be used. */
void environment_error(const struct settings *settings, const char *why, char *line,
                       size_t capacity);

#endif
