#include "room.h"

#include <sys/resource.h>

#include "log.h"

#define SECOND       INT64_C(1000000000) /* nanoseconds */
#define IDLE_LIMIT   512                 /* unused connections */
#define RESERVE      256 /* descriptors that are not for connections: runners, bodies, results */
#define SILENT_SHARE 4   /* of all connections may be silent ones of one address */

static struct {
    size_t limit;
    int64_t told; /* when the log last reported closed silent ones; nanoseconds */
} room = {.told = -SECOND};

/* Half of the descriptors that the process may have; the others serve requests. */
static size_t choose_limit(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size_t descriptors = limit.rlim_cur < 65536 ? (size_t)limit.rlim_cur : 65536;
    return descriptors > 2 * RESERVE ? (descriptors - RESERVE) / 2 : descriptors / 2;
}

void room_set_up(void)
{
    room.limit = choose_limit();
}

static void close_silent(struct silent_member *member)
{
    if (loop_now() - room.told > SECOND) {
        log_line("%zu connections have sent no request: the oldest is closed, others come",
                 connections_silent()->count);
        room.told = loop_now();
    }
    connection_close(
        (struct connection *)(void *)((char *)member - offsetof(struct connection, silent)));
}

static void give_up(struct connection *connection)
{
    if (connection->state == CONNECTION_BODY)
        connection->user->left(connection);
    connection_close(connection);
}

/*
 * The connection that has been silent longest goes first; a single silent one may just have come,
 * and stays. Then kept connections go, later because a router may be about to use them. Last goes
 * the body of which no byte has come for longest.
 */
void room_for_one(void)
{
    static const enum connection_state order[] = {CONNECTION_IDLE, CONNECTION_LINGERING,
                                                  CONNECTION_BODY};
    if (connections_count() < room.limit)
        return;
    if (connections_silent()->count > 1) {
        close_silent(connections_silent()->oldest);
        return;
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        struct connection *oldest = connections_oldest(order[i]);
        if (oldest) {
            give_up(oldest);
            return;
        }
    }
}

void room_bound_share(const struct connection *connection)
{
    size_t share = room.limit / SILENT_SHARE;
    struct silent_member *excess = silent_excess(&connection->silent, share > 8 ? share : 8);
    if (excess)
        close_silent(excess);
}

void room_bound_idle(void)
{
    struct connection *oldest = connections_oldest(CONNECTION_IDLE);
    if (connections_unused() > IDLE_LIMIT && oldest)
        connection_close(oldest);
}
