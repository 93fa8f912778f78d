#include "system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/ioprio.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"

/* All conditions of a rule have to hold. libseccomp's own macros are not constants. */
#define ALWAYS                                                                                     \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define IF(argument, comparison, value)                                                            \
    {                                                                                              \
        {                                                                                          \
            argument, SCMP_CMP_##comparison, value, 0                                              \
        }                                                                                          \
    }
#define IF_BOTH_NOT_0(first, second)                                                               \
    {                                                                                              \
        {first, SCMP_CMP_NE, 0, 0},                                                                \
        {                                                                                          \
            second, SCMP_CMP_NE, 0, 0                                                              \
        }                                                                                          \
    }
/* For arguments of which the kernel reads only the lower 32 bits. */
#define IS(argument, value)                                                                        \
    {                                                                                              \
        {                                                                                          \
            argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value                                        \
        }                                                                                          \
    }
#define IS_NOT_0(first, value, second)                                                             \
    {                                                                                              \
        {first, SCMP_CMP_MASKED_EQ, UINT32_MAX, value},                                            \
        {                                                                                          \
            second, SCMP_CMP_NE, 0, 0                                                              \
        }                                                                                          \
    }
#define HAS(argument, flag)                                                                        \
    {                                                                                              \
        {                                                                                          \
            argument, SCMP_CMP_MASKED_EQ, flag, flag                                               \
        }                                                                                          \
    }

/* Newer than the C library of Debian 12, and the same on every architecture. */
#define NUMBER_OF_FCHMODAT2     452
#define NUMBER_OF_SETXATTRAT    463
#define NUMBER_OF_REMOVEXATTRAT 466

#define NOTHING_DONE 0 /* as if it had worked */

#ifndef F_NOTIFY
#define F_NOTIFY 1026
#endif

/*
 * The call, the answer that a script gets, and when the rule applies; the comments say why. If
 * libraries can do without a call, they get the answer that they expect: ENOSYS, for what an older
 * kernel lacks.
 */
static const struct rule {
    int call, answer;
    struct scmp_arg_cmp conditions[2]; /* an `op` of 0 is no condition */
} rules[] = {
    /* Limits, priority and processors of other processes: the same user may change them. */
    {SCMP_SYS(prlimit64), EPERM, IF_BOTH_NOT_0(0, 2)},
    {SCMP_SYS(setpriority), EPERM, IF(0, NE, PRIO_PROCESS)},
    {SCMP_SYS(setpriority), EPERM, IF(1, NE, 0)},
    {SCMP_SYS(ioprio_set), EPERM, IF(0, NE, IOPRIO_WHO_PROCESS)},
    {SCMP_SYS(ioprio_set), EPERM, IF(1, NE, 0)},
    {SCMP_SYS(sched_setaffinity), EPERM, IF(0, NE, 0)},
    {SCMP_SYS(sched_setscheduler), EPERM, IF(0, NE, 0)},
    {SCMP_SYS(sched_setparam), EPERM, IF(0, NE, 0)},
    {SCMP_SYS(sched_setattr), EPERM, IF(0, NE, 0)},
    {SCMP_SYS(migrate_pages), EPERM, ALWAYS},
    {SCMP_SYS(move_pages), EPERM, IF(0, NE, 0)},

    /* They lock memory that the next script uses, too, which then fails for want of memory that can
       be locked. */
    {SCMP_SYS(mlockall), EPERM, ALWAYS},

    /* Memory, descriptors and state of other processes. */
    {SCMP_SYS(ptrace), EPERM, ALWAYS},
    {SCMP_SYS(process_vm_readv), EPERM, ALWAYS},
    {SCMP_SYS(process_vm_writev), EPERM, ALWAYS},
    {SCMP_SYS(process_madvise), EPERM, ALWAYS},
    {SCMP_SYS(process_mrelease), EPERM, ALWAYS},
    {SCMP_SYS(pidfd_getfd), EPERM, ALWAYS},
    {SCMP_SYS(kcmp), EPERM, ALWAYS},
    {SCMP_SYS(perf_event_open), EPERM, ALWAYS},
    {SCMP_SYS(prctl), EPERM, IS(0, PR_SET_PTRACER)},

    /* A child of the zygote would outlive its request. clone3 hides its flags in memory. */
    {SCMP_SYS(clone), EPERM, HAS(0, CLONE_PARENT)},
    {SCMP_SYS(clone3), ENOSYS, ALWAYS},
    {SCMP_SYS(prctl), EPERM, IS(0, PR_SET_CHILD_SUBREAPER)},
    /* The runner needs its own to know when to end; its children end with it anyway. */
    {SCMP_SYS(prctl), NOTHING_DONE, IS(0, PR_SET_PDEATHSIG)},

    /* A user namespace gives back all capabilities, and the parts of the kernel that they open. */
    {SCMP_SYS(clone), EPERM, HAS(0, CLONE_NEWUSER)},
    {SCMP_SYS(unshare), EPERM, HAS(0, CLONE_NEWUSER)},
    {SCMP_SYS(setns), EPERM, ALWAYS},

    /* Names of files that others use. */
    {SCMP_SYS(inotify_init), EPERM, ALWAYS},
    {SCMP_SYS(inotify_init1), EPERM, ALWAYS},
    {SCMP_SYS(fanotify_init), EPERM, ALWAYS},
    {SCMP_SYS(fcntl), EPERM, IS(1, F_NOTIFY)},
    /* A lease on a file of the environment holds up everybody who opens it. */
    {SCMP_SYS(fcntl), EPERM, IS(1, F_SETLEASE)},

    /* Objects of System V outlive their process, for whoever knows their number. */
    {SCMP_SYS(shmget), EPERM, ALWAYS},
    {SCMP_SYS(shmat), EPERM, ALWAYS},
    {SCMP_SYS(shmctl), EPERM, ALWAYS},
    {SCMP_SYS(msgget), EPERM, ALWAYS},
    {SCMP_SYS(msgctl), EPERM, ALWAYS},
    {SCMP_SYS(msgsnd), EPERM, ALWAYS},
    {SCMP_SYS(msgrcv), EPERM, ALWAYS},
    {SCMP_SYS(semget), EPERM, ALWAYS},
    {SCMP_SYS(semctl), EPERM, ALWAYS},
    {SCMP_SYS(semop), EPERM, ALWAYS},
    {SCMP_SYS(semtimedop), EPERM, ALWAYS},
    {SCMP_SYS(mq_open), EPERM, ALWAYS},
    {SCMP_SYS(mq_unlink), EPERM, ALWAYS},

    /* They do what calls do, unseen by the filter; io_setup's are counted for the whole machine. */
    {SCMP_SYS(io_setup), ENOSYS, ALWAYS},
    {SCMP_SYS(io_uring_setup), ENOSYS, ALWAYS},
    {SCMP_SYS(io_uring_enter), ENOSYS, ALWAYS},
    {SCMP_SYS(io_uring_register), ENOSYS, ALWAYS},

    /*
     * Modes, owners and attributes of files by path: Landlock does not control them, so whoever
     * learns the path of another script's folder could lock that script out. A script may change
     * them by a descriptor, because Landlock controls what it opens; names/paths.c turns chmod(2)
     * into that.
     */
    {SCMP_SYS(chmod), EPERM, ALWAYS},
    {SCMP_SYS(fchmodat), EPERM, ALWAYS},
    {NUMBER_OF_FCHMODAT2, EPERM, ALWAYS},
    {SCMP_SYS(chown), EPERM, ALWAYS},
    {SCMP_SYS(lchown), EPERM, ALWAYS},
    {SCMP_SYS(fchownat), EPERM, ALWAYS},
    {SCMP_SYS(setxattr), ENOTSUP, ALWAYS},
    {SCMP_SYS(lsetxattr), ENOTSUP, ALWAYS},
    {SCMP_SYS(removexattr), ENOTSUP, ALWAYS},
    {SCMP_SYS(lremovexattr), ENOTSUP, ALWAYS},
    {NUMBER_OF_SETXATTRAT, ENOTSUP, ALWAYS},
    {NUMBER_OF_REMOVEXATTRAT, ENOTSUP, ALWAYS},

    /* Sockets that show all others of the machine, or lead out of it without the network. */
    {SCMP_SYS(socket), EPROTONOSUPPORT, IS_NOT_0(0, AF_NETLINK, 2)}, /* NETLINK_ROUTE */
    {SCMP_SYS(socket), EAFNOSUPPORT, IS(0, AF_VSOCK)},
    {SCMP_SYS(socket), EAFNOSUPPORT, IS(0, AF_ALG)},

    /* Large parts of the kernel that no script has business with. */
    {SCMP_SYS(bpf), EPERM, ALWAYS},
    {SCMP_SYS(userfaultfd), EPERM, ALWAYS},
    {SCMP_SYS(keyctl), EPERM, ALWAYS},
    {SCMP_SYS(add_key), EPERM, ALWAYS},
    {SCMP_SYS(request_key), EPERM, ALWAYS},

    /* Landlock's own: a script's domain would hold for the next script, and nobody could see it. */
    {SCMP_SYS(landlock_restrict_self), EPERM, ALWAYS},
};

static struct sock_fprog program;

static unsigned count_conditions(const struct rule *rule)
{
    return (unsigned)(rule->conditions[0].op != 0) + (unsigned)(rule->conditions[1].op != 0);
}

static bool add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        const struct rule *rule = &rules[i];
        int failure = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)rule->answer),
                                             rule->call, count_conditions(rule), rule->conditions);
        if (failure != 0 && failure != -EDOM) { /* EDOM: this architecture has no such call */
            errno = -failure;
            return false;
        }
    }
    return true;
}

/* The program as the kernel takes it, kept for good. */
static bool export(scmp_filter_ctx filter)
{
    int file = memory_file_open("filter");
    bool exported = file >= 0 && seccomp_export_bpf(filter, file) == 0;
    off_t size = exported ? lseek(file, 0, SEEK_END) : 0;
    struct sock_filter *instructions = size > 0 ? malloc((size_t)size) : NULL;
    if (instructions && pread(file, instructions, (size_t)size, 0) == (ssize_t)size) {
        program = (struct sock_fprog){
            .len = (unsigned short)((size_t)size / sizeof(*instructions)),
            .filter = instructions,
        };
    } else {
        free(instructions);
    }
    if (file >= 0)
        close(file);
    return program.len > 0;
}

/*
 * Calls of another architecture (32 bits, x32) have other numbers, which the rules do not match.
 * They get the answer of a kernel without that architecture.
 */
bool system_calls_prepare(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return false;
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
    bool made = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) == 0 &&
                add_rules(filter) && export(filter);
    seccomp_release(filter);
    return made;
}

bool system_calls_enter(void)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
