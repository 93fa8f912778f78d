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
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

/* pagemap(5), Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT   (UINT64_C(1) << 63)
#define PAGE_OF_FILE   (UINT64_C(1) << 61) /* or of shared memory */
#define PAGE_EXCLUSIVE (UINT64_C(1) << 56) /* nobody else has it mapped */

#define MOST_REGIONS 4096
#define MOST_MAPPED  262144 /* pages to look at: 1 GiB */
#define MOST_LEARNED 4096   /* pages that a runner gets: 16 MiB */
#define AT_ONCE      512    /* pages of one read */

/* When a process reads a page of a file, the kernel maps the block of so many pages around it, as
 * far as they are in its cache (do_fault_around). */
#define BLOCK 16

#define FIRST_LOOKS 8  /* at each of the first runners */
#define THEN_EACH   16 /* and at one of so many */

/* How sure it is that runners need a unit: a runner that needed it adds to that, any other
 * subtracts. A unit that six runners in a row did not need is forgotten. */
#define SURE_MORE 3
#define SURE_MOST 7
#define SURE_SO   2

/*
 * Private memory that can be written to, in units of a page; or part of a file that is only read,
 * such as the code of a library, in units of a block.
 */
struct region {
    size_t first, count; /* of pages, by their number */
    bool is_written;
    uint8_t *sure; /* of each unit */
};

static struct {
    struct region regions[MOST_REGIONS];
    size_t region_count;
    size_t page; /* bytes of one */
    unsigned long runners;
} pages;

static size_t unit_of(const struct region *region, size_t page)
{
    return region->is_written ? page - region->first : page / BLOCK - region->first / BLOCK;
}

static size_t count_units(const struct region *region)
{
    return unit_of(region, region->first + region->count - 1) + 1;
}

static size_t first_page(const struct region *region, size_t unit)
{
    size_t page =
        region->is_written ? region->first + unit : (region->first / BLOCK + unit) * BLOCK;
    return page > region->first ? page : region->first;
}

static void add_region(size_t first, size_t count, bool is_written)
{
    struct region *region = &pages.regions[pages.region_count];
    *region = (struct region){.first = first, .count = count, .is_written = is_written};
    region->sure = calloc(count_units(region), 1);
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
        char rights[5], of_file = '\0';
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %c", &start, &end, rights, &of_file) < 3 ||
            end == start)
            continue;
        bool is_written = strcmp(rights, "rw-p") == 0;
        bool is_read = rights[0] == 'r' && rights[1] == '-' && of_file == '/';
        if (!is_written && !is_read)
            continue;
        size_t count = (end - start) / pages.page;
        if (count > MOST_MAPPED - mapped || pages.region_count == MOST_REGIONS)
            continue; /* such as the shadow of a sanitizer */
        mapped += count;
        add_region(start / pages.page, count, is_written);
    }
    if (maps)
        fclose(maps);
}

static bool is_needed(const struct region *region, uint64_t entry)
{
    uint64_t own = entry & (PAGE_PRESENT | PAGE_EXCLUSIVE | PAGE_OF_FILE);
    return region->is_written ? own == (PAGE_PRESENT | PAGE_EXCLUSIVE) : (own & PAGE_PRESENT) != 0;
}

static void note(uint8_t *sure, bool needed)
{
    if (needed)
        *sure = *sure + SURE_MORE > SURE_MOST ? SURE_MOST : (uint8_t)(*sure + SURE_MORE);
    else if (*sure > 0)
        --*sure;
}

/* entries: of the pages from `first` on, which make whole units. */
static void note_all(struct region *region, size_t first, const uint64_t *entries, size_t count)
{
    bool needed = false;
    for (size_t i = 0; i < count; i++) {
        size_t unit = unit_of(region, first + i);
        needed = needed || is_needed(region, entries[i]);
        if (i + 1 < count && unit_of(region, first + i + 1) == unit)
            continue;
        note(&region->sure[unit], needed);
        needed = false;
    }
}

static bool learn_region(int pagemap, struct region *region)
{
    uint64_t entries[AT_ONCE];
    size_t behind = region->first + region->count;
    for (size_t page = region->first; page < behind;) {
        size_t next = (page / AT_ONCE + 1) * AT_ONCE; /* a block is never split */
        size_t count = (next < behind ? next : behind) - page;
        ssize_t length = (ssize_t)(count * sizeof(*entries));
        if (pread(pagemap, entries, (size_t)length, (off_t)(page * sizeof(*entries))) != length)
            return false;
        note_all(region, page, entries, count);
        page += count;
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

/* Populates adjacent pages in one call. False if the kernel has no such call. */
static bool populate(size_t first, size_t count, int how)
{
    void *address = (void *)(first * pages.page); /* NOLINT: an address that the kernel has named */
    return madvise(address, count * pages.page, how) == 0 || errno != EINVAL;
}

static size_t count_sure(const struct region *region, size_t unit, size_t most)
{
    size_t units = count_units(region), count = 0;
    while (count < most && unit + count < units && region->sure[unit + count] >= SURE_SO)
        count++;
    return count;
}

static bool populate_written(const struct region *region, size_t *left)
{
    size_t units = count_units(region);
    for (size_t unit = 0; unit<units && * left> 0;) {
        size_t count = count_sure(region, unit, *left);
        if (count > 0 && !populate(first_page(region, unit), count, MADV_POPULATE_WRITE))
            return false;
        *left -= count;
        unit += count + 1;
    }
    return true;
}

/* Reads a page of each block; the kernel maps the rest of the block. */
static bool populate_read(const struct region *region)
{
    size_t units = count_units(region);
    for (size_t unit = 0; unit < units; unit++) {
        if (region->sure[unit] >= SURE_SO &&
            !populate(first_page(region, unit), 1, MADV_POPULATE_READ))
            return false;
    }
    return true;
}

void pages_populate(void)
{
    size_t left = MOST_LEARNED;
    for (size_t i = 0; i < pages.region_count; i++) {
        const struct region *region = &pages.regions[i];
        if (!(region->is_written ? populate_written(region, &left) : populate_read(region)))
            return;
    }
}
