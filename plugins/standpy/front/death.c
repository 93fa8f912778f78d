#include "death.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oom.h"

static bool has_left_a_stack(int status)
{
    if (status < 0 || !WIFSIGNALED(status))
        return false;
    int number = WTERMSIG(status);
    return number == SIGSEGV || number == SIGABRT || number == SIGBUS || number == SIGFPE;
}

static void describe(struct death *death, int status)
{
    size_t capacity = sizeof(death->how);
    if (status < 0)
        snprintf(death->how, capacity, "its process ended");
    else if (!WIFSIGNALED(status))
        snprintf(death->how, capacity, "its process ended with status %d", WEXITSTATUS(status));
    else
        snprintf(death->how, capacity, "its process was ended by signal %d (%s)%s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)),
                 WTERMSIG(status) == SIGKILL && oom_has_killed()
                     ? ": the kernel's OOM killer, as memory was used up"
                     : "");
}

/* Trusts nothing: the runner may have written anything there. */
static void read_digest(struct death *death, const struct runner *runner)
{
    struct begun begun;
    death->script[0] = '\0';
    if (!runner_has_begun(runner) ||
        pread(runner->stack, &begun, sizeof(begun), 0) != sizeof(begun))
        return;
    for (size_t i = 0; i < SCRIPT_DIGEST; i++) {
        if (!isxdigit((unsigned char)begun.script[i]))
            return;
    }
    memcpy(death->script, begun.script, SCRIPT_DIGEST);
    death->script[SCRIPT_DIGEST] = '\0';
}

void death_read(struct death *death, const struct runner *runner, int status, const char *how)
{
    if (how)
        snprintf(death->how, sizeof(death->how), "%s", how);
    else
        describe(death, status);
    read_digest(death, runner);
    overdue_read(&death->left, runner, has_left_a_stack(status) ? STACK_OF_A_CRASH : STACK_NONE);
}

void death_finish(struct death *death)
{
    overdue_finish(&death->left);
}

void death_start(void)
{
    oom_has_killed();
}
