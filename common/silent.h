/*
 * Connections without a request (yet), in the order in which they fell silent, and by address. If
 * there are too many, the oldest goes first; one address may hold only a share of them. Pure.
 */
#ifndef STANDPY_SILENT_H
#define STANDPY_SILENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct silent_address;

/* Embedded in whatever is silent; all zero before its first use. */
struct silent_member {
    struct silent_member *older, *younger;             /* among all members */
    struct silent_member *older_there, *younger_there; /* among those of its address */
    struct silent_address *address;                    /* NULL: not in the set, or memory ran out */
    bool is_in;
};

#define SILENT_BUCKETS 1024

/* All zero: empty. A set without members holds no memory. */
struct silent_set {
    struct silent_member *oldest, *youngest;
    size_t count;
    struct silent_address *buckets[SILENT_BUCKETS];
};

/* Does nothing if the member is in the set already. Of an IPv6 address only the first 64 bits
 * count, because one host may use all addresses that begin with them. */
void silent_add(struct silent_set *set, struct silent_member *member,
                const struct sockaddr *address);
void silent_remove(struct silent_set *set, struct silent_member *member);

/* The oldest member of this member's address if that address has more than `most`; else NULL. */
struct silent_member *silent_excess(const struct silent_member *member, size_t most);

#endif
