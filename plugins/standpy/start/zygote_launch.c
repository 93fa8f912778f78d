#include "zygote_launch.h"

#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "uwsgi_api.h"

#define PROGRAM          "standpy-zygote"
#define NAMES            "standpy_names.so" /* names/names.h */
#define CONTROL_NUMBER   3                  /* its descriptor of the control socket */
#define SUCCESSOR_NUMBER 4                  /* a successor's, of its socket to the master */
#define FREE_NUMBER      100                /* beyond all of these */
#define ARGUMENTS        32

/* Finds a file beside the plugin; path: without symbolic links. */
static bool find_beside(const char *name, char path[PATH_MAX], int mode)
{
    char here_path[PATH_MAX];
    Dl_info here;
    if (dladdr(PROGRAM, &here) == 0 || !here.dli_fname)
        return false;
    const char *slash = strrchr(here.dli_fname, '/');
    int folder = slash ? (int)(slash - here.dli_fname) + 1 : 0;
    int length = snprintf(here_path, PATH_MAX, "%.*s%s", folder, here.dli_fname, name);
    return length > 0 && length < PATH_MAX && realpath(here_path, path) && access(path, mode) == 0;
}

/* Appends to LD_PRELOAD, because sanitizers must come first in it. */
static bool preload(const char *library)
{
    const char *before = getenv("LD_PRELOAD");
    char *list = NULL;
    if (asprintf(&list, "%s%s%s", before ? before : "", before ? ":" : "", library) < 0)
        return false;
    bool set = setenv("LD_PRELOAD", list, 1) == 0;
    free(list);
    return set;
}

struct arguments {
    char *list[ARGUMENTS];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *arguments,
                                                      const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = NULL;
    if (arguments->count + 1 < ARGUMENTS && vasprintf(&text, format, values) >= 0)
        arguments->list[arguments->count++] = text;
    va_end(values);
}

static struct arguments make_arguments(const struct zygote_launch *launch, pid_t master,
                                       const char *names)
{
    const struct zygote_config *config = launch->config;
    struct arguments arguments = {0};
    add(&arguments, PROGRAM);
    add(&arguments, "--parent=%d", (int)master);
    add(&arguments, "--executable=%s", config->executable);
    add(&arguments, "--library=%s", config->library);
    add(&arguments, "--names=%s", names);
    add(&arguments, "--preload=%s", config->preload);
    if (config->preload_required)
        add(&arguments, "--preload-required");
    add(&arguments, "--scratch=%s", config->scratch_dir);
    add(&arguments, "--engine=%s", config->engine_id);
    add(&arguments, "--memory-limit=%llu", (unsigned long long)config->memory_limit);
    add(&arguments, "--sandbox=%d", config->sandbox_abi);
    if (config->filtered)
        add(&arguments, "--filter");
    if (config->process_each)
        add(&arguments, "--process");
    if (config->scratch_exec)
        add(&arguments, "--scratch-exec");
    if (config->learns)
        add(&arguments, "--learn");
    if (config->application) {
        add(&arguments, "--application=%s", config->application);
        add(&arguments, "--app-folder=%s", config->app_folder ? config->app_folder : "");
        add(&arguments, "--app-mount=%s", config->app_mount);
        add(&arguments, "--app-kept=%s", config->app_kept);
        add(&arguments, "--app-workers=%d", config->app_workers);
    }
    if (launch->needs_application)
        add(&arguments, "--app-required");
    if (launch->learned[0] != '\0')
        add(&arguments, "--learned=%s", launch->learned);
    if (launch->successor >= 0)
        add(&arguments, "--successor");
    return arguments;
}

static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* exec(2) would keep ignored signals ignored */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Leaves these open: 0, which reads nothing, 1 and 2 as they are, and the sockets. */
static bool arrange_descriptors(const struct zygote_launch *launch)
{
    int nothing = open("/dev/null", O_RDONLY);
    int control = fcntl(launch->control, F_DUPFD, FREE_NUMBER);
    int successor = launch->successor >= 0 ? fcntl(launch->successor, F_DUPFD, FREE_NUMBER) : -1;
    unsigned last = successor >= 0 ? SUCCESSOR_NUMBER : CONTROL_NUMBER;
    if (nothing < 0 || control < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(control, CONTROL_NUMBER) < 0 ||
        (successor >= 0 && dup2(successor, SUCCESSOR_NUMBER) < 0))
        return false;
    return syscall(SYS_close_range, last + 1, ~0U, 0) == 0;
}

__attribute__((noreturn)) static void become_zygote(const struct zygote_launch *launch,
                                                    const char *program, const char *names,
                                                    pid_t master)
{
    reset_signals();
    setpgid(0, 0); /* a terminal's ^C goes to the master alone, which passes it on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct arguments arguments = make_arguments(launch, master, names);
    if (!arrange_descriptors(launch))
        _exit(1);
    usleep(launch->delay * 1000);
    if (getppid() == master && preload(names))
        execv(program, arguments.list);
    _exit(1);
}

pid_t zygote_launch(const struct zygote_launch *launch)
{
    char program[PATH_MAX], names[PATH_MAX];
    if (!find_beside(PROGRAM, program, X_OK) || !find_beside(NAMES, names, R_OK)) {
        uwsgi_log("standpy: %s and %s have to be beside the plugin\n", PROGRAM, NAMES);
        return -1;
    }
    if (strpbrk(names, ": ")) {
        /* They separate the entries of LD_PRELOAD, and cannot be escaped (ld.so(8)). */
        uwsgi_log("standpy: %s cannot be preloaded: its path has a blank or a colon\n", names);
        return -1;
    }
    pid_t master = getpid(), child = fork();
    if (child == 0)
        become_zygote(launch, program, names, master);
    return child;
}
