#include "transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "interrupt.h"
#include "monotonic.h"
#include "transfer_parts.h"

#define TURN 100 /* milliseconds after which the client looks at the clock, and draws */

bool transfer_begin(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void transfer_end(void)
{
    curl_global_cleanup();
}

/* States follow each other; an early answer leaves some out. */
static void set_state(struct transfer *transfer, enum transfer_state state)
{
    static const enum progress_phase phases[] = {
        [TRANSFER_CONNECTING] = PROGRESS_CONNECTING,
        [TRANSFER_SENDING] = PROGRESS_SENDING,
        [TRANSFER_WAITING] = PROGRESS_RUNNING,
        [TRANSFER_RECEIVING] = PROGRESS_RECEIVING,
    };
    if (state <= transfer->state && state != TRANSFER_CONNECTING)
        return;
    transfer->state = state;
    progress_set(transfer->target->progress, phases[state], 0, 0);
}

static size_t stop(struct transfer *transfer, enum transfer_stop stop)
{
    transfer->stop = stop;
    return 0;
}

static size_t take_line(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    bool was_complete = transfer->head.is_complete;
    if (!answer_head_take(&transfer->head, (struct slice){data, length}, &transfer->not_http))
        return 0;
    if (!transfer->head.is_complete || was_complete)
        return length;
    /* The request may not be out yet, and then no script runs. */
    set_state(transfer, TRANSFER_RECEIVING);
    transfer->patience.answer_began_at = monotonic_milliseconds();
    if (!transfer->receiver->head(transfer->receiver->context, &transfer->head, transfer->failure))
        return stop(transfer, TRANSFER_REFUSED);
    return length;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct slice piece = {data, size * count};
    if (!transfer->receiver->body(transfer->receiver->context, piece, transfer->failure))
        return stop(transfer, TRANSFER_REFUSED);
    return piece.length;
}

static int keep_alive(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct transfer *transfer = context;
    int probes = 3; /* with libcurl's options: a host that vanished is noticed after a minute */
    (void)purpose;
    transfer->socket = socket;
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    return CURL_SOCKOPT_OK;
}

static bool add_header(struct transfer *transfer, const char *name, const char *content)
{
    char *line = NULL;
    if (asprintf(&line, "%s: %s", name, content) < 0)
        return false;
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    explicit_bzero(line, strlen(line));
    free(line);
    if (longer)
        transfer->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct transfer *transfer)
{
    const struct request *request = transfer->request;
    char text[512];
    /* Not waiting for 100 Continue: who refuses a request early is heard while it is sent. */
    struct curl_slist *first = curl_slist_append(NULL, "Expect:");
    transfer->headers = first;
    bool added = first != NULL;
    if (added && transfer->target->token) {
        char *bearer = NULL;
        added = asprintf(&bearer, "Bearer %s", transfer->target->token) >= 0;
        added = added && add_header(transfer, "Authorization", bearer);
        free(bearer);
    }
    if (added && request->parts)
        added = add_header(transfer, "Accept", "multipart/mixed");
    snprintf(text, sizeof(text), "wait=%u", request->deadline);
    if (added && request->deadline > 0)
        added = add_header(transfer, "Prefer", text);
    if (added && request->contents)
        added = add_header(transfer, "StandPy-Contents", request->contents);
    return added &&
           curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

/* Nobody but the endpoint gets the token: no redirect, no proxy, no .netrc, no other protocol. */
static bool set_way(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *cacert = transfer->target->cacert;
    char *url = endpoint_url(&transfer->target->endpoint, transfer->request->path);
    bool set = url && curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
               (!cacert || curl_easy_setopt(easy, CURLOPT_CAINFO, cacert) == CURLE_OK) &&
               (!cacert || curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
    free(url);
    return set;
}

static bool set_http(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "standpy/" STANDPY_VERSION) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1L << 18) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, keep_alive) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer) == CURLE_OK;
}

static bool set_callbacks(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           /* A name server that does not answer must not keep an interrupted program. */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

static bool prepare(struct transfer *transfer)
{
    transfer->easy = curl_easy_init();
    transfer->multi = curl_multi_init();
    return transfer->easy && transfer->multi && set_way(transfer) && set_http(transfer) &&
           set_callbacks(transfer) && add_headers(transfer) &&
           (!transfer->request->parts || transfer_add_parts(transfer)) &&
           curl_multi_add_handle(transfer->multi, transfer->easy) == CURLM_OK;
}

/* libcurl 7.88 counts TLS to the time of a connect, so it does not say what it waits for. */
static bool has_peer(curl_socket_t socket)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    return socket >= 0 && getpeername(socket, (struct sockaddr *)&address, &length) == 0;
}

/* What libcurl did since the last look. */
static void look(struct transfer *transfer)
{
    curl_off_t sent = 0, received = 0, begun = 0, total = transfer_total(transfer);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &begun);
    transfer->is_connected = transfer->is_connected || has_peer(transfer->socket);
    if (begun > 0)
        set_state(transfer, TRANSFER_SENDING);
    if (begun > 0 && sent == total)
        set_state(transfer, TRANSFER_WAITING);
    if (sent != transfer->sent || received != transfer->patience.received || begun == 0)
        transfer->patience.moved_at = monotonic_milliseconds();
    transfer->sent = sent;
    transfer->patience.received = received;
    if (transfer->state == TRANSFER_SENDING && total > 0)
        progress_set(transfer->target->progress, PROGRESS_SENDING, sent, total);
    if (transfer->state == TRANSFER_RECEIVING)
        progress_set(transfer->target->progress, PROGRESS_RECEIVING, received,
                     transfer->head.length);
}

/* Whether the client has waited long enough. */
static void judge(struct transfer *transfer)
{
    static const enum transfer_stop stops[] = {[PATIENCE_GOES_ON] = TRANSFER_GOES_ON,
                                               [PATIENCE_SILENT] = TRANSFER_SILENT,
                                               [PATIENCE_TOO_SLOW] = TRANSFER_TOO_SLOW};
    transfer->patience.is_waiting = transfer->state == TRANSFER_WAITING;
    transfer->stop = interrupt_came()
                         ? TRANSFER_INTERRUPTED
                         : stops[patience_judge(&transfer->patience, monotonic_milliseconds())];
}

static CURLcode result_of(struct transfer *transfer)
{
    int left;
    CURLMsg *message = curl_multi_info_read(transfer->multi, &left);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OUT_OF_MEMORY;
}

/* Until it is done, or the client ends it. */
static CURLcode drive(struct transfer *transfer)
{
    int running = 1;
    struct curl_waitfd signals = {.fd = interrupt_descriptor(), .events = CURL_WAIT_POLLIN};
    transfer->patience.moved_at = monotonic_milliseconds();
    transfer->patience.deadline = transfer->request->deadline;
    while (transfer->stop == TRANSFER_GOES_ON) {
        if (curl_multi_perform(transfer->multi, &running) != CURLM_OK)
            return CURLE_OUT_OF_MEMORY;
        look(transfer);
        if (running == 0)
            return result_of(transfer);
        judge(transfer);
        progress_draw(transfer->target->progress);
        if (transfer->stop == TRANSFER_GOES_ON)
            curl_multi_poll(transfer->multi, &signals, 1, TURN, NULL);
    }
    return CURLE_ABORTED_BY_CALLBACK;
}

static void finish(struct transfer *transfer)
{
    if (transfer->multi && transfer->easy)
        curl_multi_remove_handle(transfer->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    curl_mime_free(transfer->mime);
    curl_multi_cleanup(transfer->multi);
    for (struct curl_slist *one = transfer->headers; one; one = one->next)
        explicit_bzero(one->data, strlen(one->data));
    curl_slist_free_all(transfer->headers);
}

bool transfer_run(const struct target *target, const struct request *request,
                  const struct receiver *receiver, struct failure *failure)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return failure_of_memory(failure);
    transfer->target = target;
    transfer->request = request;
    transfer->receiver = receiver;
    transfer->failure = failure;
    transfer->head.length = -1;
    transfer->socket = -1;
    set_state(transfer, TRANSFER_CONNECTING);
    CURLcode code = prepare(transfer) ? drive(transfer) : CURLE_OUT_OF_MEMORY;
    bool done =
        code == CURLE_OK && transfer->stop == TRANSFER_GOES_ON && transfer->head.is_complete;
    if (!done)
        transfer_explain(transfer, code);
    finish(transfer);
    free(transfer);
    return done;
}
