#include "loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpreter.h"

#define ENGINE_OBJECT "standpy_python.so"

/* Finds the engine object, which lies beside the program. */
static bool engine_object_path(char *path, size_t capacity)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    const char *slash = strrchr(program, '/');
    int folder = slash ? (int)(slash - program) + 1 : 0;
    int written = snprintf(path, capacity, "%.*s%s", folder, program, ENGINE_OBJECT);
    return written > 0 && (size_t)written < capacity;
}

/*
 * Wheels of PyPI take these libraries from the system (PEP 600), and all users of a name share the
 * one that is loaded first. A conda environment has its own, newer ones, which its python3 finds by
 * an RPATH. This process has no such RPATH, so it loads them by their paths, from beside libpython.
 */
static bool load_own_libraries(const char *libpython, char *error, size_t capacity)
{
    static const char *const names[] = {"libgcc_s.so.1", "libstdc++.so.6", "libz.so.1",
                                        "libexpat.so.1"};
    const char *slash = strrchr(libpython, '/');
    int folder = slash ? (int)(slash - libpython) : 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%.*s/%s", folder, libpython, names[i]);
        if (length >= (int)sizeof(path) || access(path, R_OK) != 0 ||
            dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD))
            continue;
        if (!dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
            snprintf(error, capacity, "cannot load %s: %s", path, dlerror());
            return false;
        }
    }
    return true;
}

static bool load_libpython(const char *libpython, char *error, size_t capacity)
{
    if (!load_own_libraries(libpython, error, capacity))
        return false;
    /* Global, because the environment's extension modules expect Python's symbols in the process.
     */
    if (!dlopen(libpython, RTLD_NOW | RTLD_GLOBAL)) {
        snprintf(error, capacity, "cannot load %s: %s", libpython, dlerror());
        return false;
    }
    return true;
}

/*
 * The loader trusts what it loads: a truncated library ends the process without a word. So another
 * process loads it first.
 */
static bool survives_loading(const char *libpython, char *error, size_t capacity)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would exit */
        signal(SIGBUS, SIG_DFL);
        char ignored[PATH_MAX]; /* this process reports the same error later */
        load_libpython(libpython, ignored, sizeof(ignored));
        _exit(0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFSIGNALED(status))
        return true;
    snprintf(error, capacity, "%s or a library beside it is damaged, loading ends with: %s",
             libpython, strsignal(WTERMSIG(status)));
    return false;
}

const struct interpreter *load_interpreter(const char *library, char *error, size_t capacity)
{
    if (!survives_loading(library, error, capacity) || !load_libpython(library, error, capacity))
        return NULL;
    char path[PATH_MAX];
    if (!engine_object_path(path, sizeof(path))) {
        snprintf(error, capacity, "cannot find the path of the zygote's program");
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        snprintf(error, capacity, "cannot load the engine object: %s", dlerror());
        return NULL;
    }
    const struct interpreter *interpreter = dlsym(object, INTERPRETER_SYMBOL);
    if (!interpreter || interpreter->abi != INTERPRETER_ABI) {
        snprintf(error, capacity, "%s does not belong to this program; build both together", path);
        return NULL;
    }
    return interpreter;
}
