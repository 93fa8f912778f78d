#include "landlock.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1 /* linux/landlock.h */

/* landlock(7), "ABI versions". ABIs before 6 lack LACKS_6, and so on. */
#define LACKS_6 "signals to other processes of its user, and abstract sockets"
#define LACKS_5 "ioctl(2) on devices, " LACKS_6
#define LACKS_3 "truncating files that they may not write, " LACKS_5

const char *sandbox_lacks(int abi)
{
    if (abi >= 6)
        return NULL;
    if (abi >= 5)
        return LACKS_6;
    return abi >= 3 ? LACKS_5 : LACKS_3;
}

int sandbox_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}
