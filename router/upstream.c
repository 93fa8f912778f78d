#include "upstream.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000L
#define FREE_LIMIT         256   /* easy handles kept for later */
#define KEPT_LIMIT         1024L /* connections kept open */
#define MAX_CLOSING        64

struct transfer {
    CURL *easy;
    struct upstream *upstream;
    void *owner;
    char url[4096 + 512];
    char cause[CURL_ERROR_SIZE];
    bool paused;
    bool sent;             /* the request, on some connection */
    struct transfer *next; /* in the pool */
};

struct upstream {
    CURLM *multi;
    int epoll;
    uint32_t tag;
    const struct transfer_events *events;
    int64_t due;           /* monotonic milliseconds; -1: nothing */
    struct transfer *free; /* not in use, with what never changes set already */
    size_t free_count;
    int closing[MAX_CLOSING]; /* sockets that libcurl is done with */
    size_t closing_count;
};

bool upstream_global_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void upstream_global_stop(void)
{
    curl_global_cleanup();
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    (void)multi;
    struct upstream *upstream = context;
    upstream->due = milliseconds < 0 ? -1 : milliseconds == 0 ? 0 : now_ms() + milliseconds;
    return 0;
}

/* libcurl's socket pointer tells whether epoll knows the socket: NULL where not. */
static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *known)
{
    (void)easy;
    struct upstream *upstream = context;
    struct epoll_event event = {.data.u64 = (uint64_t)upstream->tag << 32 | (uint32_t)descriptor};
    if (what == CURL_POLL_REMOVE) {
        /* It may be closed already, and epoll has forgotten it then. */
        epoll_ctl(upstream->epoll, EPOLL_CTL_DEL, descriptor, &event);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(upstream->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) != 0)
        return -1;
    curl_multi_assign(upstream->multi, descriptor, upstream);
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

static void free_transfer(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    free(transfer);
}

void upstream_destroy(struct upstream *upstream)
{
    if (!upstream)
        return;
    while (upstream->free) {
        struct transfer *transfer = upstream->free;
        upstream->free = transfer->next;
        free_transfer(transfer);
    }
    curl_multi_cleanup(upstream->multi);
    upstream_close_sockets(upstream);
    free(upstream);
}

struct transfer_fields *transfer_fields_add(struct transfer_fields *fields, const char *line)
{
    struct curl_slist *list = (struct curl_slist *)fields;
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer)
        curl_slist_free_all(list);
    return (struct transfer_fields *)longer;
}

void transfer_fields_free(struct transfer_fields *fields)
{
    curl_slist_free_all((struct curl_slist *)fields);
}

static void take_status(struct transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200)
        transfer->upstream->events->status(transfer->owner, (int)status);
}

static void take_field(struct transfer *transfer, struct slice line)
{
    const char *colon = memchr(line.data, ':', line.length);
    if (!colon)
        return;
    struct slice name = {line.data, (size_t)(colon - line.data)};
    struct slice value = {colon + 1, line.length - name.length - 1};
    while (value.length > 0 && (value.data[0] == ' ' || value.data[0] == '\t')) {
        value.data++;
        value.length--;
    }
    transfer->upstream->events->field(transfer->owner, name, value);
}

static void take_end_of_head(struct transfer *transfer)
{
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (status >= 200)
        transfer->upstream->events->head(transfer->owner, length);
}

/* Called for each line of the reply's head, and for the empty one behind it. */
static size_t on_head_line(char *bytes, size_t size, size_t count, void *context)
{
    (void)size;
    struct transfer *transfer = context;
    struct slice line = {bytes, count};
    while (line.length > 0 && (bytes[line.length - 1] == '\r' || bytes[line.length - 1] == '\n'))
        line.length--;
    if (line.length == 0)
        take_end_of_head(transfer);
    else if (line.length > 5 && memcmp(line.data, "HTTP/", 5) == 0)
        take_status(transfer);
    else
        take_field(transfer, line);
    return count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)size;
    struct transfer *transfer = context;
    if (transfer->upstream->events->body(transfer->owner, bytes, count))
        return count;
    transfer->paused = true;
    return CURL_WRITEFUNC_PAUSE;
}

static size_t on_upload(char *into, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t given = transfer->upstream->events->upload(transfer->owner, into, size * count);
    if (given > 0)
        return given;
    transfer->paused = true;
    return CURL_READFUNC_PAUSE;
}

/* Closing takes the kernel a while; the client's reply goes first. */
static int on_close(void *context, curl_socket_t descriptor)
{
    struct upstream *upstream = context;
    if (upstream->closing_count == MAX_CLOSING)
        return close(descriptor);
    upstream->closing[upstream->closing_count++] = descriptor;
    return 0;
}

void upstream_close_sockets(struct upstream *upstream)
{
    while (upstream->closing_count > 0)
        close(upstream->closing[--upstream->closing_count]);
}

/*
 * A kept connection that ends before a byte of the reply is, for libcurl, one that the server had
 * closed meanwhile, and it sends the request again on a new one (Curl_retry_request in lib/url.c).
 * But the script may have run; so nothing is sent twice.
 */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    struct transfer *transfer = context;
    if (transfer->sent)
        return CURL_PREREQFUNC_ABORT;
    transfer->sent = true;
    return CURL_PREREQFUNC_OK;
}

/* What is the same for all requests. */
static void configure(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* http_proxy is not for the way to the engines */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->cause);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->upstream);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

static struct transfer *take_transfer(struct upstream *upstream)
{
    struct transfer *transfer = upstream->free;
    if (transfer) {
        upstream->free = transfer->next;
        upstream->free_count--;
        return transfer;
    }
    transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return NULL;
    transfer->easy = curl_easy_init();
    if (!transfer->easy) {
        free(transfer);
        return NULL;
    }
    transfer->upstream = upstream;
    configure(transfer);
    return transfer;
}

static void give_back(struct transfer *transfer)
{
    struct upstream *upstream = transfer->upstream;
    if (upstream->free_count == FREE_LIMIT) {
        free_transfer(transfer);
        return;
    }
    transfer->next = upstream->free;
    upstream->free = transfer;
    upstream->free_count++;
}

static bool set_url(struct transfer *transfer, const char *replica, struct slice target)
{
    int length = snprintf(transfer->url, sizeof(transfer->url), "http://%s%.*s", replica,
                          (int)target.length, target.data);
    return length > 0 && (size_t)length < sizeof(transfer->url) &&
           curl_easy_setopt(transfer->easy, CURLOPT_URL, transfer->url) == CURLE_OK;
}

static void set_method(struct transfer *transfer, const struct upstream_request *request)
{
    CURL *easy = transfer->easy;
    bool plain = strcmp(request->method, "GET") == 0 || strcmp(request->method, "POST") == 0;
    /* A pooled handle remembers the method of the request before. */
    curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        plain = true;
    } else if (request->body_length >= 0) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        /* libcurl sends a body that it has in one piece together with the head. */
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : request->method);
}

struct transfer *transfer_start(struct upstream *upstream, const struct upstream_request *request,
                                void *owner)
{
    struct transfer *transfer = take_transfer(upstream);
    if (!transfer)
        return NULL;
    transfer->owner = owner;
    transfer->paused = transfer->sent = false;
    transfer->cause[0] = '\0';
    set_method(transfer, request);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, request->fields);
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, request->own_connection ? 1L : 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, request->own_connection ? 1L : 0L);
    if (!set_url(transfer, request->replica, request->target) ||
        curl_multi_add_handle(upstream->multi, transfer->easy) != CURLM_OK) {
        give_back(transfer);
        return NULL;
    }
    return transfer;
}

void transfer_continue(struct transfer *transfer)
{
    if (!transfer->paused)
        return;
    transfer->paused = false;
    curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}

void transfer_cancel(struct transfer *transfer)
{
    curl_multi_remove_handle(transfer->upstream->multi, transfer->easy);
    give_back(transfer);
}

void upstream_ready(struct upstream *upstream, int descriptor, uint32_t events)
{
    int mask = 0, running;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
        mask |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        mask |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        mask |= CURL_CSELECT_ERR;
    curl_multi_socket_action(upstream->multi, descriptor, mask, &running);
}

int upstream_timeout(const struct upstream *upstream)
{
    if (upstream->due < 0)
        return -1;
    int64_t left = upstream->due - (upstream->due > 0 ? now_ms() : 0);
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
                 transfer->cause[0] ? transfer->cause : curl_easy_strerror(code));
        curl_multi_remove_handle(upstream->multi, transfer->easy);
        give_back(transfer);
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
