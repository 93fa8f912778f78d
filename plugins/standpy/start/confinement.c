#include "confinement.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "uwsgi_api.h"

#include "landlock.h"
#include "options.h"

static struct confinement look_at_kernel(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;
    return (struct confinement){
        .landlock = sandbox_abi(),
        .filter = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0,
    };
}

static void insist(const struct confinement *kernel)
{
    char line[256];
    if (kernel->landlock == 0)
        refuse_start("SANDBOX=required is not possible: this kernel has no Landlock");
    if (!kernel->filter)
        refuse_start("SANDBOX=required is not possible: this kernel has no filter of system calls "
                     "(seccomp)");
    const char *lacks = sandbox_lacks(kernel->landlock);
    if (!lacks)
        return;
    snprintf(line, sizeof(line),
             "SANDBOX=required is not possible: Landlock's ABI %d, which this kernel has, does not "
             "keep scripts from %s",
             kernel->landlock, lacks);
    refuse_start(line);
}

static void say_what_confines(const struct confinement *kernel)
{
    if (kernel->landlock > 0)
        uwsgi_log("standpy: scripts are confined by Landlock, ABI %d%s\n", kernel->landlock,
                  kernel->filter ? ", and a filter of system calls" : "");
    else
        uwsgi_log("standpy: this kernel has no Landlock, scripts are confined by %s\n",
                  kernel->filter ? "a filter of system calls only" : "nothing");
    const char *lacks = sandbox_lacks(kernel->landlock);
    if (kernel->landlock > 0 && lacks)
        uwsgi_log("standpy: this kernel's Landlock does not keep scripts from %s\n", lacks);
    if (!kernel->filter)
        uwsgi_log("standpy: this kernel has no filter of system calls (seccomp)\n");
}

struct confinement confinement_choose(enum sandbox sandbox)
{
    if (sandbox == SANDBOX_OFF)
        return (struct confinement){0};
    struct confinement kernel = look_at_kernel();
    if (sandbox == SANDBOX_REQUIRED)
        insist(&kernel);
    say_what_confines(&kernel);
    return kernel;
}
