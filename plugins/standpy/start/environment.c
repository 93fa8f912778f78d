#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "environment_folder.h"
#include "settings.h"

extern char **environ;

/*
 * A conda python is linked statically but ships the library beside it, so the name from its build
 * (INSTSONAME) is one guess among several. LDLIBRARY is the unversioned link, which comes with -dev
 * packages.
 */
static const char question[] =
    "import os, sys, sysconfig\n"
    "get = sysconfig.get_config_var\n"
    "short = '%d.%d' % sys.version_info[:2]\n"
    "folders = [os.path.join(sys.base_prefix, 'lib'), get('LIBDIR') or '',\n"
    "           os.path.join(sys.base_prefix, 'lib', get('MULTIARCH') or ''),\n"
    "           os.path.join(sys.base_prefix, 'lib64')]\n"
    "names = ['libpython%s.so.1.0' % short, get('INSTSONAME') or '', 'libpython%s.so' % short]\n"
    "paths = [os.path.join(f, n) for f in folders for n in names if f and '.so' in n]\n"
    "found = [p for p in paths if os.path.isfile(p)]\n"
    "kind = sys.implementation.name\n"
    "kind = {'cpython': '', 'pypy': 'PyPy'}.get(kind, kind)\n"
    "kind = kind or ('a free-threaded build' if get('Py_GIL_DISABLED') else '')\n"
    "print(sys.executable, sys.prefix, short, found[0] if found else '', kind, sep='\\n')\n";

enum { MESSAGE = 400 }; /* bytes of an interpreter's message */

static bool take_line(char **rest, char *out, size_t capacity)
{
    char *newline = strchr(*rest, '\n');
    if (!newline || (size_t)(newline - *rest) >= capacity)
        return false;
    *newline = '\0';
    memcpy(out, *rest, (size_t)(newline - *rest) + 1);
    *rest = newline + 1;
    return true;
}

bool environment_parse(struct environment *environment, char *answer)
{
    return take_line(&answer, environment->executable, sizeof(environment->executable)) &&
           take_line(&answer, environment->name, sizeof(environment->name)) &&
           take_line(&answer, environment->version, sizeof(environment->version)) &&
           take_line(&answer, environment->library, sizeof(environment->library)) &&
           take_line(&answer, environment->kind, sizeof(environment->kind)) &&
           environment->executable[0] == '/' && environment->version[0] == '3';
}

/*
 * Takes from what the interpreter wrote to standard error the line that says why it does not run:
 * the last line that names an error, or else the last line.
 */
static void take_reason(int messages, char line[MESSAGE])
{
    char text[4096];
    ssize_t length = pread(messages, text, sizeof(text) - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    line[0] = '\0';
    bool named = false;
    char *rest = NULL;
    for (char *each = strtok_r(text, "\n", &rest); each; each = strtok_r(NULL, "\n", &rest)) {
        bool names = strcasestr(each, "error") || strstr(each, "not found");
        if (names || !named)
            snprintf(line, MESSAGE, "%.*s", MESSAGE - 1, each);
        named = named || names;
    }
}

/*
 * Runs python and reads what it prints. Returns its exit status, or -1 if it did not start. What it
 * writes to standard error goes to messages.
 */
static int ask(const char *python, int messages, char *answer, size_t capacity)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;

    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    char flags[] = "-Ic"; /* isolated, so PYTHONPATH and the working directory do not count */
    char code[sizeof(question)];
    memcpy(code, question, sizeof(question));
    char name[PATH_MAX];
    snprintf(name, sizeof(name), "%s", python);
    char *const arguments[] = {name, flags, code, NULL};
    pid_t child;
    int failure = posix_spawnp(&child, python, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);

    size_t used = 0;
    ssize_t got = 0;
    while (failure == 0 && used + 1 < capacity &&
           ((got = read(ends[0], answer + used, capacity - used - 1)) > 0 ||
            (got < 0 && errno == EINTR)))
        used += got > 0 ? (size_t)got : 0;
    answer[used] = '\0';
    close(ends[0]);
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool usable(const struct environment *environment, char *error, size_t capacity)
{
    if (environment->kind[0] != '\0') {
        snprintf(error, capacity, "its Python %s is %s, and the usual build of CPython is needed",
                 environment->version, environment->kind);
        return false;
    }
    if (atoi(environment->version + 2) < 9) {
        snprintf(error, capacity, "it is Python %s, and 3.9 or newer is needed",
                 environment->version);
        return false;
    }
    if (environment->library[0] == '\0') {
        snprintf(error, capacity,
                 "its Python %s (%s) has no shared libpython%s.so; use a Python built with "
                 "--enable-shared, or install Debian's libpython%s",
                 environment->version, environment->executable, environment->version,
                 environment->version);
        return false;
    }
    return true;
}

/* Says whether PATH leads to such a program; a name with a slash is a path already. */
static bool is_on_path(const char *program)
{
    const char *path = getenv("PATH");
    if (strchr(program, '/'))
        return true;
    for (; path && *path; path += strspn(path, ":")) {
        char candidate[2 * PATH_MAX];
        size_t length = strcspn(path, ":");
        snprintf(candidate, sizeof(candidate), "%.*s/%.200s", (int)length, path, program);
        if (access(candidate, F_OK) == 0)
            return true;
        path += length;
    }
    return false;
}

static void describe_run(const char *python, int status, int messages, char *error, size_t capacity)
{
    char why[MESSAGE + 64], reason[MESSAGE];
    if (status < 0 && errno == ENOENT && !is_on_path(python)) {
        snprintf(error, capacity,
                 "there is no %s on PATH; set CONDA_ENV to the name of an environment", python);
        return;
    }
    if (status < 0 && errno == EAGAIN)
        snprintf(
            why, sizeof(why),
            "no process can be started: pids_limit of the container, or ulimit -u, is reached");
    else if (status < 0 && errno == ENOENT)
        snprintf(why, sizeof(why), "its loader is not here, it was built for another C library");
    else if (status < 0)
        snprintf(why, sizeof(why), "%s", strerror(errno));
    else if (status > 128)
        snprintf(why, sizeof(why), "%s", strsignal(status - 128));
    else {
        take_reason(messages, reason);
        snprintf(why, sizeof(why), "exit status %d%s%s", status, reason[0] ? ": " : "", reason);
    }
    snprintf(error, capacity, "its interpreter %s does not run: %s", python, why);
}

static bool ask_python(struct environment *environment, const char *python, char *error,
                       size_t capacity)
{
    int messages = memfd_create("standpy-python", MFD_CLOEXEC);
    char answer[3 * PATH_MAX];
    int status = ask(python, messages, answer, sizeof(answer));
    bool understood = status == 0 && environment_parse(environment, answer);
    if (!understood)
        describe_run(python, status, messages, error, capacity);
    close(messages);
    return understood;
}

static bool ask_named(struct environment *environment, const struct settings *settings, char *error,
                      size_t capacity)
{
    struct environment_folder folder = {.prefix = ""};
    const char *python = "python3";
    if (settings->conda_env) {
        if (!environment_folder_open(&folder, settings->envs_dir, settings->conda_env, error,
                                     capacity))
            return false;
        python = folder.python;
    }
    if (!ask_python(environment, python, error, capacity))
        return false;
    if (settings->conda_env && !environment_folder_is(&folder, environment->name)) {
        snprintf(error, capacity,
                 "its python3 is that of %s; %s has no pyvenv.cfg and no standard library",
                 environment->name, folder.prefix);
        return false;
    }
    if (settings->conda_env) {
        snprintf(environment->name, sizeof(environment->name), "%s", settings->conda_env);
        environment_folder_activate(&folder, settings->conda_env);
    }
    return true;
}

void environment_error(const struct settings *settings, const char *why, char *line,
                       size_t capacity)
{
    if (settings->conda_env)
        snprintf(line, capacity, "CONDA_ENV=%s is not allowed: %s", settings->conda_env, why);
    else
        snprintf(line, capacity, "CONDA_ENV unset (the python3 on PATH) is not allowed: %s", why);
}

bool environment_find(struct environment *environment, const struct settings *settings, char *error,
                      size_t capacity)
{
    return ask_named(environment, settings, error, capacity) &&
           usable(environment, error, capacity);
}
