#include "silent.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KEY 9 /* bytes: the family, then an address or its prefix */

struct silent_address {
    struct silent_address *next; /* in its bucket */
    unsigned char key[KEY];
    struct silent_member *oldest, *youngest;
    size_t count;
};

static void write_key(unsigned char key[KEY], const struct sockaddr *address)
{
    memset(key, 0, KEY);
    if (address->sa_family == AF_INET) {
        key[0] = 4;
        memcpy(key + 1, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const unsigned char *bytes =
            ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
        static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
        bool is_mapped = memcmp(bytes, mapped, sizeof(mapped)) == 0; /* ::ffff:a.b.c.d */
        key[0] = is_mapped ? 4 : 6;
        memcpy(key + 1, is_mapped ? bytes + 12 : bytes, is_mapped ? 4 : 8);
    }
}

/* FNV-1a */
static size_t bucket_of(const unsigned char key[KEY])
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < KEY; i++)
        hash = (hash ^ key[i]) * 0x100000001b3U;
    return (size_t)((hash ^ hash >> 32) % SILENT_BUCKETS);
}

static struct silent_address *find_address(struct silent_set *set, const struct sockaddr *address)
{
    unsigned char key[KEY];
    write_key(key, address);
    struct silent_address **bucket = &set->buckets[bucket_of(key)], *found = *bucket;
    while (found && memcmp(found->key, key, KEY) != 0)
        found = found->next;
    if (!found && (found = calloc(1, sizeof(*found))) != NULL) {
        memcpy(found->key, key, KEY);
        found->next = *bucket;
        *bucket = found;
    }
    return found;
}

static void forget_address(struct silent_set *set, struct silent_address *address)
{
    struct silent_address **at = &set->buckets[bucket_of(address->key)];
    while (*at != address)
        at = &(*at)->next;
    *at = address->next;
    free(address);
}

static void join_address(struct silent_member *member)
{
    struct silent_address *address = member->address;
    member->younger_there = NULL;
    member->older_there = address->youngest;
    *(address->youngest ? &address->youngest->younger_there : &address->oldest) = member;
    address->youngest = member;
    address->count++;
}

static void leave_address(struct silent_set *set, struct silent_member *member)
{
    struct silent_address *address = member->address;
    *(member->older_there ? &member->older_there->younger_there : &address->oldest) =
        member->younger_there;
    *(member->younger_there ? &member->younger_there->older_there : &address->youngest) =
        member->older_there;
    if (--address->count == 0)
        forget_address(set, address);
    member->address = NULL;
}

void silent_add(struct silent_set *set, struct silent_member *member,
                const struct sockaddr *address)
{
    if (member->is_in)
        return;
    member->is_in = true;
    member->younger = NULL;
    member->older = set->youngest;
    *(set->youngest ? &set->youngest->younger : &set->oldest) = member;
    set->youngest = member;
    set->count++;
    member->address = find_address(set, address);
    if (member->address)
        join_address(member);
}

void silent_remove(struct silent_set *set, struct silent_member *member)
{
    if (!member->is_in)
        return;
    member->is_in = false;
    *(member->older ? &member->older->younger : &set->oldest) = member->younger;
    *(member->younger ? &member->younger->older : &set->youngest) = member->older;
    set->count--;
    if (member->address)
        leave_address(set, member);
}

struct silent_member *silent_excess(const struct silent_member *member, size_t most)
{
    const struct silent_address *address = member->address;
    return address && address->count > most ? address->oldest : NULL;
}
