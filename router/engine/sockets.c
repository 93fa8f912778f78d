#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

/* A host that is gone is noticed after 30 seconds, however long its script may run. */
#define KEEPALIVE_IDLE     15 /* seconds */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_COUNT    3

/*
 * Not TCP_USER_TIMEOUT: it also ends a connection whose peer answers, but has no room for more of
 * a body because it is busy. A host that is gone before it has acknowledged a request is seen by
 * the monitor.
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

/* libcurl closes a socket whose connection it gives up without sockets_on_close, so what is known
 * of its number may be of another. */
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
 * libcurl lets go of a socket after each request and takes it up with the next. epoll goes on
 * watching it meanwhile, which saves two system calls for each request; what happens on it
 * while nobody wants it ends that (upstream_ready).
 *
 * Never -1: for libcurl that is the end of all transfers of the thread.
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
    /* One that is closed already cannot be taken out, and need not. */
    if (epoll_ctl(sockets->epoll, how, descriptor, &event) != 0 && how != EPOLL_CTL_DEL)
        log_line("cannot watch an engine's connection: %s", strerror(errno));
    return 0;
}

int sockets_on_close(void *context, curl_socket_t descriptor)
{
    struct sockets *sockets = context;
    if (descriptor < MAX_DESCRIPTORS)
        sockets->known[descriptor] = (struct upstream_socket){0}; /* epoll forgets it as well */
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
