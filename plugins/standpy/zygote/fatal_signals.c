#include "fatal_signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "stack_dump.h"

/* Not faulthandler.enable(): a script asks for that itself, and finds a fresh interpreter. */

/* For a script that has used up its own; faulthandler's frames, too. */
#define OWN_STACK 65536 /* bytes */

static pid_t runner;

/* It is reset by then, so that whatever goes wrong here ends the process as the script would. */
static void receive(int number)
{
    int saved = errno;
    if (getpid() == runner) /* no child of the script's */
        stack_dump_write();
    errno = saved;
    raise(number); /* when this returns: one that was sent does not come again by itself */
}

void fatal_signals_arm(void)
{
    static const int numbers[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE};
    static char own_stack[OWN_STACK];
    const stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof(own_stack)};
    struct sigaction action = {.sa_handler = receive, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
    runner = getpid();
    if (sigaltstack(&stack, NULL) != 0)
        action.sa_flags = (int)SA_RESETHAND;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        sigaction(numbers[i], &action, NULL);
}
