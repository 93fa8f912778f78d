#include "upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "monotonic.h"
#include "sockets.h"
#include "transfers.h"

#define KEPT_LIMIT 1024L /* connections kept open */

struct upstream {
    int64_t due; /* monotonic milliseconds; 0: at once; -1: not at all */
    struct transfers transfers;
    struct sockets sockets;
};

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

struct upstream *upstream_create(int epoll, uint32_t tag)
{
    struct upstream *upstream = calloc(1, sizeof(*upstream));
    if (!upstream)
        return NULL;
    CURLM *multi = curl_multi_init();
    if (!multi) {
        free(upstream);
        return NULL;
    }
    upstream->due = -1;
    upstream->sockets.epoll = epoll;
    upstream->sockets.tag = tag;
    upstream->transfers = (struct transfers){.multi = multi, .sockets = &upstream->sockets};
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets_on_wanted);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &upstream->sockets);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, upstream);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, KEPT_LIMIT);
    return upstream;
}

void upstream_destroy(struct upstream *upstream)
{
    if (!upstream)
        return;
    transfers_finish(&upstream->transfers);
    curl_multi_cleanup(upstream->transfers.multi);
    sockets_close(&upstream->sockets);
    free(upstream);
}

struct transfers *upstream_transfers(struct upstream *upstream)
{
    return &upstream->transfers;
}

void upstream_close_sockets(struct upstream *upstream)
{
    sockets_close(&upstream->sockets);
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
    const struct upstream_socket *known = &upstream->sockets.known[descriptor];
    if (!known->wanted) { /* an idle one that its engine closes, or a paused one */
        sockets_unwatch(&upstream->sockets, descriptor);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
        mask |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        mask |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        mask |= CURL_CSELECT_ERR;
    curl_multi_socket_action(upstream->transfers.multi, descriptor, mask, &running);
    /*
     * If the engine closes its side while the upload is paused, libcurl 7.88 goes on waiting for
     * more to send. But libcurl also wants nothing if the whole reply is already here; then the
     * engine may still read the body.
     */
    struct transfer *transfer = known->owner;
    if (!known->wanted && transfer && transfer->paused & CURLPAUSE_SEND && is_closed(descriptor))
        transfer_let_go(transfer);
}

int upstream_timeout(const struct upstream *upstream)
{
    if (upstream->due < 0)
        return -1;
    int64_t left = upstream->due - (upstream->due > 0 ? monotonic_milliseconds() : 0);
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void end_transfers(struct upstream *upstream)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(upstream->transfers.multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        transfer_finish((struct transfer *)(void *)private, code);
    }
}

void upstream_run(struct upstream *upstream)
{
    int running;
    /* The work may set a timer of 0 again; leave the rest to the next turn of the loop. */
    for (int round = 0; round < 4 && upstream_timeout(upstream) == 0; round++) {
        upstream->due = -1;
        curl_multi_socket_action(upstream->transfers.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    end_transfers(upstream);
}
