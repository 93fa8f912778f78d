#include "slots.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define ENOUGH                                                                                     \
    (SLOTS / 2) /* free slots that a runner waits for; one by one it would sleep for each */

struct shared_slots {
    _Atomic uint32_t given_back; /* a futex; the front alone writes to it */
    _Atomic uint32_t waits;      /* the runner does, until so many are given back: */
    _Atomic uint32_t wanted;
    _Alignas(4096) char bytes[SLOTS][SLOT_SIZE];
};

static bool map(struct slots *slots, int file)
{
    void *shared =
        mmap(NULL, sizeof(struct shared_slots), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    slots->shared = shared == MAP_FAILED ? NULL : shared;
    slots->used = 0;
    return slots->shared != NULL;
}

static bool is_shared(int file)
{
    struct stat status;
    int seals = fcntl(file, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS && fstat(file, &status) == 0 &&
           S_ISREG(status.st_mode) && status.st_size == (off_t)sizeof(struct shared_slots);
}

bool slots_share(struct slots *slots, int file)
{
    return ftruncate(file, (off_t)sizeof(struct shared_slots)) == 0 &&
           fcntl(file, F_ADD_SEALS, SEALS) == 0 && is_shared(file) && map(slots, file);
}

bool slots_join(struct slots *slots, int file)
{
    return is_shared(file) && map(slots, file);
}

void slots_leave(struct slots *slots)
{
    if (slots->shared)
        munmap(slots->shared, sizeof(struct shared_slots));
    slots->shared = NULL;
}

struct slice slots_piece(const struct slots *slots, size_t length)
{
    return (struct slice){slots->shared->bytes[slots->used % SLOTS], length};
}

void slots_give_back(struct slots *slots)
{
    struct shared_slots *shared = slots->shared;
    atomic_store(&shared->given_back, ++slots->used);
    if (atomic_load(&shared->waits) == 0 || (int32_t)(slots->used - shared->wanted) < 0)
        return;
    atomic_store(&shared->waits, 0);
    syscall(SYS_futex, &shared->given_back, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool is_full(const struct slots *slots, uint32_t given_back)
{
    return slots->used - given_back >= SLOTS;
}

char *slots_wait(struct slots *slots)
{
    struct shared_slots *shared = slots->shared;
    uint32_t given_back = atomic_load(&shared->given_back);
    bool slept = false;
    while (is_full(slots, given_back)) {
        atomic_store(&shared->wanted, slots->used - (SLOTS - ENOUGH));
        atomic_store(&shared->waits, 1);
        given_back = atomic_load(&shared->given_back);
        if (is_full(slots, given_back))
            syscall(SYS_futex, &shared->given_back, FUTEX_WAIT, given_back, NULL, NULL, 0);
        given_back = atomic_load(&shared->given_back);
        slept = true;
    }
    if (slept)
        atomic_store(&shared->waits, 0);
    return shared->bytes[slots->used % SLOTS];
}

void slots_fill(struct slots *slots)
{
    slots->used++;
}
