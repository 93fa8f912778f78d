#include "sandbox.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * From linux/landlock.h, which is newer than Debian 12's headers; the values are the kernel's ABI.
 * Each version adds to the one before: 2 REFER, 3 TRUNCATE, 4 network, 5 IOCTL_DEV, 6 scopes.
 */
struct ruleset_attributes {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

enum {
    RULE_PATH_BENEATH = 1,
    SCOPE_ABSTRACT_UNIX_SOCKET = 1,
    SCOPE_SIGNAL = 2,
};

enum access {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_DIR = 1 << 7,
    MAKE_REG = 1 << 8,
    MAKE_SOCK = 1 << 9,
    MAKE_FIFO = 1 << 10,
    MAKE_SYM = 1 << 12,
    REFER = 1 << 13,
    TRUNCATE = 1 << 14,
    IOCTL_DEV = 1 << 15,
};

#define ALL_OF_ABI_1 UINT64_C(0x1fff)
/* What a rule may grant on a file; folders may have more. */
#define OF_FILES ((uint64_t)(EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV))

#define READ ((uint64_t)(READ_FILE | READ_DIR))
#define USE  (READ | EXECUTE)
#define OWN                                                                                        \
    (READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO |  \
     MAKE_SYM | REFER | TRUNCATE)
#define DEVICE ((uint64_t)(READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV))

static const struct {
    const char *path;
    uint64_t access;
} system_paths[] = {
    /* programs and libraries */
    {"/usr", USE},
    {"/bin", USE},
    {"/sbin", USE},
    {"/lib", USE},
    {"/lib32", USE},
    {"/lib64", USE},
    /* what libraries look up; nothing else in /etc */
    {"/etc/ld.so.cache", READ},
    {"/etc/ld.so.preload", READ},
    {"/etc/localtime", READ},
    {"/etc/timezone", READ},
    {"/etc/locale.alias", READ},
    {"/etc/passwd", READ},
    {"/etc/group", READ},
    {"/etc/hosts", READ},
    {"/etc/host.conf", READ},
    {"/etc/hostname", READ},
    {"/etc/resolv.conf", READ},
    {"/etc/nsswitch.conf", READ},
    {"/etc/gai.conf", READ},
    {"/etc/services", READ},
    {"/etc/protocols", READ},
    {"/etc/mime.types", READ},
    {"/etc/os-release", READ},
    {"/etc/debian_version", READ},
    {"/etc/ssl/certs", READ},
    {"/etc/ssl/openssl.cnf", READ},
    {"/etc/ca-certificates", READ},
    {"/etc/pki", READ},
    {"/etc/fonts", READ},
    {"/etc/matplotlibrc", READ},
    {"/etc/python3", READ},
    {"/var/cache/fontconfig", READ},
    /* the secrets of other processes need ptrace(2), which Landlock denies */
    {"/proc", READ},
    {"/sys/devices/system", READ},
    {"/sys/fs/cgroup", READ},
    {"/sys/kernel/mm/transparent_hugepage", READ},
    {"/sys/bus/pci/devices", READ}, /* torch.distributed lists them */
    {"/dev/null", DEVICE},
    {"/dev/zero", DEVICE},
    {"/dev/full", DEVICE},
    {"/dev/random", DEVICE},
    {"/dev/urandom", DEVICE},
};

/* The file system rights that this ABI knows. A runner gives them all up, except for the rules. */
static uint64_t known_access(int abi)
{
    uint64_t access = ALL_OF_ABI_1;
    if (abi >= 2)
        access |= REFER;
    if (abi >= 3)
        access |= TRUNCATE;
    if (abi >= 5)
        access |= IOCTL_DEV;
    return access;
}

/* An open folder or file, and what scripts may do with it. */
struct place {
    int descriptor;
    uint64_t access;
};

static struct {
    struct place *places;
    size_t count;
    uint64_t known; /* the rights that the kernel's ABI knows */
    uint64_t own;   /* the rights in the scratch folder */
    uint64_t scoped;
} sandbox;

static bool add_place(const char *path, uint64_t access)
{
    struct stat status;
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0)
        return true; /* what does not exist needs no rule */
    struct place *places = reallocarray(sandbox.places, sandbox.count + 1, sizeof(*places));
    if (!places)
        return false;
    bool is_folder = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    places[sandbox.count++] = (struct place){
        .descriptor = descriptor,
        .access = access & sandbox.known & (is_folder ? ~UINT64_C(0) : OF_FILES),
    };
    sandbox.places = places;
    return true;
}

static bool add_lines(const char *paths)
{
    while (*paths) {
        size_t length = strcspn(paths, "\n");
        char path[PATH_MAX];
        if (length > 0 && length < sizeof(path)) {
            memcpy(path, paths, length);
            path[length] = '\0';
            if (!add_place(path, USE))
                return false;
        }
        paths += length + (paths[length] == '\n');
    }
    return true;
}

bool sandbox_prepare(int abi, const char *readable, const char *names, bool scratch_exec)
{
    sandbox.known = known_access(abi);
    sandbox.own = (scratch_exec ? OWN | EXECUTE : OWN) & sandbox.known;
    sandbox.scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL : 0;
    for (size_t i = 0; i < sizeof(system_paths) / sizeof(*system_paths); i++) {
        if (!add_place(system_paths[i].path, system_paths[i].access))
            return false;
    }
    return add_place(names, READ) && add_lines(readable);
}

bool sandbox_add(const char *readable, const char *own)
{
    return (readable[0] == '\0' || add_place(readable, USE)) && add_place(own, OWN);
}

static bool allow(int ruleset, struct place place)
{
    const struct path_beneath rule = {
        .allowed_access = place.access,
        .parent_fd = place.descriptor,
    };
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

int sandbox_create(int scratch)
{
    const struct ruleset_attributes attributes = {
        .handled_access_fs = sandbox.known,
        .scoped = sandbox.scoped,
    };
    /* The kernel refuses attributes that it does not know, unless they are zero. */
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (ruleset < 0)
        return -1;
    bool complete = fcntl(ruleset, F_SETFD, FD_CLOEXEC) == 0 &&
                    allow(ruleset, (struct place){scratch, sandbox.own});
    for (size_t i = 0; complete && i < sandbox.count; i++)
        complete = allow(ruleset, sandbox.places[i]);
    if (complete)
        return ruleset;
    close(ruleset);
    return -1;
}

/*
 * Landlock does not take root's power over other processes and files: to read the environment of
 * the master takes only CAP_PERFMON (fs/proc: mm_access).
 */
static bool drop_capabilities(void)
{
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0}; /* _LINUX_CAPABILITY_VERSION_3, this thread */
    const uint32_t none[6] = {0};
    return syscall(SYS_capset, &header, none) == 0;
}

bool sandbox_enter(int ruleset)
{
    bool entered = drop_capabilities() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return entered;
}
