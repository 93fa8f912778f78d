#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

/* pagemap(5), Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT   (UINT64_C(1) << 63)
#define PAGE_OF_FILE   (UINT64_C(1) << 61) /* or of shared memory */
#define PAGE_EXCLUSIVE (UINT64_C(1) << 56) /* nobody else has it mapped */

#define MOST_REGIONS 4096
#define MOST_MAPPED  262144 /* pages that are looked at: 1 GiB */
#define MOST_LEARNED 4096   /* pages that a runner is given: 16 MiB */
#define AT_ONCE      512    /* pages of one read */

#define FIRST_LOOKS 8  /* at each of the first runners */
#define THEN_EACH   16 /* and at one of so many */

/* How sure it is that runners write to a page: more with each that did, less with each that did
 * not; one that six in a row did not write to is forgotten. */
#define SURE_MORE 3
#define SURE_MOST 7
#define SURE_SO   2

/* Private memory that can be written to. */
struct region {
    uintptr_t start;
    size_t count; /* of pages */
    uint8_t *sure;
};

static struct {
    struct region regions[MOST_REGIONS];
    size_t region_count;
    size_t page; /* bytes of one */
    unsigned long runners;
} pages;

static void add_region(uintptr_t start, size_t count)
{
    struct region *region = &pages.regions[pages.region_count];
    *region = (struct region){.start = start, .count = count, .sure = calloc(count, 1)};
    if (region->sure)
        pages.region_count++;
}

void pages_prepare(void)
{
    char line[512];
    size_t mapped = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    pages.page = (size_t)sysconf(_SC_PAGESIZE);
    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long start, end;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 || strcmp(rights, "rw-p") != 0)
            continue;
        size_t count = (end - start) / pages.page;
        if (count > MOST_MAPPED - mapped || pages.region_count == MOST_REGIONS)
            continue; /* such as the shadow of a sanitizer */
        mapped += count;
        add_region(start, count);
    }
    if (maps)
        fclose(maps);
}

static bool is_own(uint64_t entry)
{
    return (entry & (PAGE_PRESENT | PAGE_EXCLUSIVE | PAGE_OF_FILE)) ==
           (PAGE_PRESENT | PAGE_EXCLUSIVE);
}

static void note(uint8_t *sure, bool own)
{
    if (own)
        *sure = *sure + SURE_MORE > SURE_MOST ? SURE_MOST : (uint8_t)(*sure + SURE_MORE);
    else if (*sure > 0)
        --*sure;
}

static bool learn_region(int pagemap, struct region *region)
{
    uint64_t entries[AT_ONCE];
    for (size_t at = 0; at < region->count; at += AT_ONCE) {
        size_t count = region->count - at < AT_ONCE ? region->count - at : AT_ONCE;
        off_t place = (off_t)((region->start / pages.page + at) * sizeof(*entries));
        ssize_t length = (ssize_t)(count * sizeof(*entries));
        if (pread(pagemap, entries, (size_t)length, place) != length)
            return false;
        for (size_t i = 0; i < count; i++)
            note(&region->sure[at + i], is_own(entries[i]));
    }
    return true;
}

void pages_learn(pid_t runner)
{
    char path[64];
    unsigned long number = pages.runners++;
    if (number >= FIRST_LOOKS && number % THEN_EACH != 0)
        return;
    snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)runner);
    int pagemap = open(path, O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        return;
    for (size_t i = 0; i < pages.region_count; i++) {
        if (!learn_region(pagemap, &pages.regions[i]))
            break; /* it has ended, or given up that memory */
    }
    close(pagemap);
}

/* Pages beside each other, with one call. False if there is no such call. */
static bool populate(uintptr_t start, size_t count)
{
    void *address = (void *)start; /* NOLINT: an address that the kernel has named */
    return madvise(address, count * pages.page, MADV_POPULATE_WRITE) == 0 || errno != EINVAL;
}

void pages_populate(void)
{
    size_t left = MOST_LEARNED;
    for (size_t i = 0; i < pages.region_count; i++) {
        const struct region *region = &pages.regions[i];
        for (size_t first = 0; first < region->count && left > 0;) {
            size_t behind = first;
            while (behind < region->count && region->sure[behind] >= SURE_SO &&
                   behind - first < left)
                behind++;
            if (behind > first && !populate(region->start + first * pages.page, behind - first))
                return;
            left -= behind - first;
            first = behind + 1;
        }
    }
}
