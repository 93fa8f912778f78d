#include "room.h"

#include <stddef.h>

#include "log.h"
#include "monotonic.h"

#define SECOND       ((int64_t)1000000)
#define SILENT_TIME  (SECOND / 4) /* after this long a silent one may be closed to make room */
#define SILENT_LOOKS 64
#define SILENT_SHARE 4 /* a quarter of all connections may be silent ones of one address */

static struct connection *of_silent(struct silent_member *member)
{
    return (struct connection *)(void *)((char *)member - offsetof(struct connection, silent));
}

/* A connection that has just come may not have been read yet. */
static bool may_go(struct silent_member *member)
{
    return member && monotonic_microseconds() - of_silent(member)->since > SILENT_TIME;
}

static void close_silent(struct connections *all, struct silent_member *member)
{
    struct connection *connection = of_silent(member);
    int64_t now = monotonic_microseconds();
    if (all->told_of_silent == 0 || now - all->told_of_silent > SECOND) {
        log_line("%zu connections have sent no request: the oldest, of %s, is closed, others come",
                 all->silent.count, connection->address);
        all->told_of_silent = now;
    }
    silent_remove(&all->silent, member);
    connection->is_closing = true;
    all->closing++;
    connection_shut(connection);
}

static unsigned share_of_one(const struct connections *all)
{
    return all->most / SILENT_SHARE > 8 ? all->most / SILENT_SHARE : 8;
}

/* The oldest of an address that has more than its share, if one is among the first; else the
 * oldest. */
static struct silent_member *find_victim(const struct connections *all)
{
    struct silent_member *member = all->silent.oldest;
    for (int i = 0; member && i < SILENT_LOOKS; i++, member = member->younger) {
        struct silent_member *excess = silent_excess(member, share_of_one(all));
        if (excess)
            return excess;
    }
    return all->silent.oldest;
}

/* How many connections have to go. */
static unsigned excess_of_all(const struct connections *all)
{
    unsigned wanted = all->count - all->closing + all->most / 8 + 1;
    return wanted > all->most ? wanted - all->most : 0;
}

bool room_is_short(const struct connections *all)
{
    return excess_of_all(all) > 0 && all->silent.count > 1;
}

void room_make(struct connections *all)
{
    while (room_is_short(all)) {
        struct silent_member *victim = find_victim(all);
        if (!may_go(victim))
            return;
        close_silent(all, victim);
    }
}

void room_bound_share(const struct connection *connection)
{
    struct connections *all = connection->all;
    struct silent_member *excess = silent_excess(&connection->silent, share_of_one(all));
    if (may_go(excess))
        close_silent(all, excess);
}
