#include "fatal_signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "stack_dump.h"

/* Does not use faulthandler.enable(), which a script may call itself and must find unused. */

/* Scripts may have used up their own stack; faulthandler's frames go onto this one, too. */
#define OWN_STACK 65536 /* bytes */

static pid_t runner;

/* The signal's action is already the default: if this crashes, the process ends as it would have.
 */
static void receive(int number)
{
    int saved = errno;
    if (getpid() == runner) /* not in the script's children */
        stack_dump_write();
    errno = saved;
    raise(number); /* comes when this returns; unlike a fault, a sent signal would not repeat */
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
