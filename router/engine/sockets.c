#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

/* The router notices after 30 seconds that a host is gone, however long its script may run. */
#define KEEPALIVE_IDLE     15 /* seconds */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_COUNT    3

/*
 * Not TCP_USER_TIMEOUT: it would also end a connection whose peer answers but is too busy to take
 * more of a body. If a host is gone before it has acknowledged a request, the monitor notices.
 */
static void keep_alive(curl_socket_t descriptor)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE},
        {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL},
        {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        setsockopt(descriptor, options[i].level, options[i].name, &options[i].value,
                   sizeof(options[i].value));
}

/* If libcurl gives up a connection, it closes the socket without sockets_on_close. So what is known
 * about this number may concern an earlier socket. */
int sockets_on_open(void *context, curl_socket_t descriptor, curlsocktype purpose)
{
    (void)purpose;
    struct sockets *sockets = context;
    if (descriptor >= MAX_DESCRIPTORS)
        return CURL_SOCKOPT_ERROR;
    sockets->known[descriptor] = (struct upstream_socket){0};
    keep_alive(descriptor);
    return CURL_SOCKOPT_OK;
}

/*
 * libcurl lets go of a socket after each request and takes it up with the next. Meanwhile epoll
 * goes on watching it, which saves two system calls per request. If something happens on a socket
 * that nobody wants, upstream_ready stops watching it.
 *
 * Never returns -1: libcurl would end all transfers of the thread.
 */
int sockets_on_wanted(CURL *easy, curl_socket_t descriptor, int what, void *context, void *unused)
{
    (void)unused;
    struct sockets *sockets = context;
    struct upstream_socket *known = &sockets->known[descriptor];
    char *private = NULL;
    if (what != CURL_POLL_REMOVE && curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) == CURLE_OK)
        known->owner = private;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    known->wanted = what != CURL_POLL_REMOVE;
    if (what == CURL_POLL_REMOVE && known->watched == EPOLLIN)
        return 0;
    if (known->watched == events)
        return 0;
    struct epoll_event event = {.events = events,
                                .data.u64 = (uint64_t)sockets->tag << 32 | (uint32_t)descriptor};
    int how = events == 0 ? EPOLL_CTL_DEL : known->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    known->watched = (uint8_t)events;
    /* A socket that is already closed cannot be removed, and need not be. */
    if (epoll_ctl(sockets->epoll, how, descriptor, &event) != 0 && how != EPOLL_CTL_DEL)
        log_line("cannot watch an engine's connection: %s", strerror(errno));
    return 0;
}

int sockets_on_close(void *context, curl_socket_t descriptor)
{
    struct sockets *sockets = context;
    if (descriptor < MAX_DESCRIPTORS)
        sockets->known[descriptor] = (struct upstream_socket){0}; /* epoll forgets it too */
    if (sockets->closing_count == SOCKETS_MAX_CLOSING)
        return close(descriptor);
    sockets->closing[sockets->closing_count++] = descriptor;
    return 0;
}

void sockets_close(struct sockets *sockets)
{
    while (sockets->closing_count > 0)
        close(sockets->closing[--sockets->closing_count]);
}

void sockets_unwatch(struct sockets *sockets, int descriptor)
{
    if (sockets->known[descriptor].watched)
        epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, descriptor, NULL);
    sockets->known[descriptor].watched = 0;
}
