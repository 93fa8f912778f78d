/*
 * The folder that CONDA_ENV names: finds its interpreter, or says why there is none.
 */
#ifndef STANDPY_ENVIRONMENT_FOLDER_H
#define STANDPY_ENVIRONMENT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct environment_folder {
    char prefix[PATH_MAX]; /* <ENVS_DIR>/<CONDA_ENV> */
    char python[PATH_MAX]; /* its bin/python3 */
};

/* False, with the reason in error, if there is no such folder or it has no bin/python3. */
bool environment_folder_open(struct environment_folder *folder, const char *envs_dir,
                             const char *name, char *error, size_t capacity);

/* Says whether an interpreter with that prefix belongs to this folder. */
bool environment_folder_is(const struct environment_folder *folder, const char *prefix);

/* Puts its programs first on PATH and names it, as the activate scripts of venv and conda do. */
void environment_folder_activate(const struct environment_folder *folder, const char *name);

#endif
