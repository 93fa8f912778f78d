#include "upstream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "monotonic.h"
#include "transfer.h"

#define KEPT_LIMIT 1024L /* connections kept open */

/* A host that is gone is noticed after 30 seconds, however long its script may run. */
#define KEEPALIVE_IDLE     15 /* seconds */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_COUNT    3

bool upstream_global_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void upstream_global_stop(void)
{
    curl_global_cleanup();
}

static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    (void)multi;
    struct upstream *upstream = context;
    upstream->due = milliseconds < 0    ? -1
                    : milliseconds == 0 ? 0
                                        : monotonic_milliseconds() + milliseconds;
    return 0;
}

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

/* For CURLOPT_SOCKOPTFUNCTION: a new socket. libcurl closes one whose connection it gives up
 * without upstream_close_later, so what is known of its number may be of another. */
int upstream_note_socket(void *context, curl_socket_t descriptor, curlsocktype purpose)
{
    (void)purpose;
    struct upstream *upstream = context;
    if (descriptor >= MAX_DESCRIPTORS)
        return CURL_SOCKOPT_ERROR;
    upstream->sockets[descriptor] = (struct upstream_socket){0};
    keep_alive(descriptor);
    return CURL_SOCKOPT_OK;
}

/*
 * libcurl lets go of a socket after each request and takes it up with the next. epoll goes on
 * watching it meanwhile, which saves two system calls for each request; what happens on it
 * while nobody wants it ends that (see upstream_ready).
 *
 * Never -1: for libcurl that is the end of all transfers of the thread.
 */
static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *unused)
{
    (void)unused;
    struct upstream *upstream = context;
    struct upstream_socket *known = &upstream->sockets[descriptor];
    char *private = NULL;
    if (what != CURL_POLL_REMOVE && curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) == CURLE_OK)
        known->transfer = (struct transfer *)(void *)private;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    known->wanted = what != CURL_POLL_REMOVE;
    if (what == CURL_POLL_REMOVE && known->watched == EPOLLIN)
        return 0;
    if (known->watched == events)
        return 0;
    struct epoll_event event = {.events = events,
                                .data.u64 = (uint64_t)upstream->tag << 32 | (uint32_t)descriptor};
    int how = events == 0 ? EPOLL_CTL_DEL : known->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    known->watched = (uint8_t)events;
    /* One that is closed already cannot be taken out, and need not. */
    if (epoll_ctl(upstream->epoll, how, descriptor, &event) != 0 && how != EPOLL_CTL_DEL)
        log_line("cannot watch an engine's connection: %s", strerror(errno));
    return 0;
}

int upstream_close_later(void *context, curl_socket_t descriptor)
{
    struct upstream *upstream = context;
    if (descriptor < MAX_DESCRIPTORS)
        upstream->sockets[descriptor] = (struct upstream_socket){0}; /* epoll forgets it as well */
    if (upstream->closing_count == MAX_CLOSING)
        return close(descriptor);
    upstream->closing[upstream->closing_count++] = descriptor;
    return 0;
}

struct upstream *upstream_create(int epoll, uint32_t tag, const struct transfer_events *events)
{
    struct upstream *upstream = calloc(1, sizeof(*upstream));
    if (!upstream)
        return NULL;
    *upstream = (struct upstream){.epoll = epoll, .tag = tag, .events = events, .due = -1};
    upstream->multi = curl_multi_init();
    if (!upstream->multi) {
        free(upstream);
        return NULL;
    }
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETDATA, upstream);
    curl_multi_setopt(upstream->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(upstream->multi, CURLMOPT_TIMERDATA, upstream);
    curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS, KEPT_LIMIT);
    return upstream;
}

void upstream_destroy(struct upstream *upstream)
{
    if (!upstream)
        return;
    transfer_free_all(upstream);
    curl_multi_cleanup(upstream->multi);
    upstream_close_sockets(upstream);
    free(upstream);
}

void upstream_close_sockets(struct upstream *upstream)
{
    while (upstream->closing_count > 0)
        close(upstream->closing[--upstream->closing_count]);
}

static bool is_closed(int descriptor)
{
    char byte;
    ssize_t got = recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void upstream_ready(struct upstream *upstream, int descriptor, uint32_t events)
{
    int mask = 0, running;
    struct upstream_socket *known = &upstream->sockets[descriptor];
    if (!known->wanted) { /* an idle one that its engine closes, or one that is paused */
        if (known->watched)
            epoll_ctl(upstream->epoll, EPOLL_CTL_DEL, descriptor, NULL);
        known->watched = 0;
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
        mask |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        mask |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        mask |= CURL_CSELECT_ERR;
    curl_multi_socket_action(upstream->multi, descriptor, mask, &running);
    /* Where the engine closes its side while the upload is paused, libcurl 7.88 goes on waiting for
     * what there is to send. It wants nothing either where the whole reply is there already; then
     * the engine may still read the body. */
    if (!known->wanted && known->transfer && known->transfer->upload_paused &&
        is_closed(descriptor))
        transfer_let_go(known->transfer);
}

int upstream_timeout(const struct upstream *upstream)
{
    if (upstream->due < 0)
        return -1;
    int64_t left = upstream->due - (upstream->due > 0 ? monotonic_milliseconds() : 0);
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static enum transfer_result result_of(const struct transfer *transfer, CURLcode code)
{
    if (code == CURLE_OK)
        return TRANSFER_COMPLETE;
    return transfer->sent ? TRANSFER_BROKEN : TRANSFER_NOT_REACHED;
}

static void end_transfers(struct upstream *upstream)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(upstream->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *transfer = (struct transfer *)(void *)private;
        enum transfer_result result = result_of(transfer, code);
        void *owner = transfer->owner;
        char cause[CURL_ERROR_SIZE];
        snprintf(cause, sizeof(cause), "%s",
                 transfer->head.framing.error        ? transfer->head.framing.error
                 : code == CURLE_ABORTED_BY_CALLBACK ? "it was closed before an answer came"
                 : transfer->cause[0]                ? transfer->cause
                                                     : curl_easy_strerror(code));
        curl_multi_remove_handle(upstream->multi, transfer->easy);
        transfer_give_back(transfer, result == TRANSFER_COMPLETE);
        upstream->events->done(owner, result, cause);
    }
}

void upstream_run(struct upstream *upstream)
{
    int running;
    /* A timer of 0 may be set again by what it sets off; leave the rest to the next round. */
    for (int round = 0; round < 4 && upstream_timeout(upstream) == 0; round++) {
        upstream->due = -1;
        curl_multi_socket_action(upstream->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    end_transfers(upstream);
}
