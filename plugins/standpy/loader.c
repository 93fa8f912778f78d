#include "loader.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "environment.h"
#include "interpreter.h"

#define ENGINE_OBJECT "standpy_python.so"

/* The engine object lies beside the plugin, wherever that is. */
static bool engine_object_path(char *path, size_t capacity)
{
    Dl_info here;
    if (dladdr(ENGINE_OBJECT, &here) == 0 || !here.dli_fname)
        return false;
    const char *slash = strrchr(here.dli_fname, '/');
    int folder = slash ? (int)(slash - here.dli_fname) + 1 : 0;
    int length = snprintf(path, capacity, "%.*s%s", folder, here.dli_fname, ENGINE_OBJECT);
    return length > 0 && (size_t)length < capacity;
}

const struct interpreter *load_interpreter(const struct environment *environment, char *error,
                                           size_t capacity)
{
    /* Global: the environment's extension modules expect Python's symbols in the process. */
    if (!dlopen(environment->library, RTLD_NOW | RTLD_GLOBAL)) {
        snprintf(error, capacity, "cannot load %s: %s", environment->library, dlerror());
        return NULL;
    }
    char path[PATH_MAX];
    if (!engine_object_path(path, sizeof(path))) {
        snprintf(error, capacity, "cannot tell where the plugin was loaded from");
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        snprintf(error, capacity, "cannot load the engine object: %s", dlerror());
        return NULL;
    }
    const struct interpreter *interpreter = dlsym(object, INTERPRETER_SYMBOL);
    if (!interpreter || interpreter->abi != INTERPRETER_ABI) {
        snprintf(error, capacity, "%s does not belong to this plugin; build both together", path);
        return NULL;
    }
    return interpreter;
}
