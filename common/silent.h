/*
 * Connections on which no request has come (yet), in the order in which they fell silent, and by
 * address: when there are too many, the oldest goes first, and one address may hold a share of them
 * only. Pure.
 */
#ifndef STANDPY_SILENT_H
#define STANDPY_SILENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct silent_address;

/* Part of whatever is silent; all zero before its first use. */
struct silent_member {
    struct silent_member *older, *younger;             /* of all */
    struct silent_member *older_there, *younger_there; /* of its address */
    struct silent_address *address;                    /* NULL: not in the set, or memory ran out */
    bool is_in;
};

#define SILENT_BUCKETS 1024

/* All zero is empty; it ends with its last member. */
struct silent_set {
    struct silent_member *oldest, *youngest;
    size_t count;
    struct silent_address *buckets[SILENT_BUCKETS];
};

/* Nothing where it is in the set already. Of IPv6 the first 64 bits count, as one host has them. */
void silent_add(struct silent_set *set, struct silent_member *member,
                const struct sockaddr *address);
void silent_remove(struct silent_set *set, struct silent_member *member);

/* The oldest one of an address that has more than `most`, which member belongs to; or NULL. */
struct silent_member *silent_excess(const struct silent_member *member, size_t most);

#endif
