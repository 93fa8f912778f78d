#include "transfer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfers.h"

#define CONNECT_TIMEOUT_MS 5000L
#define FREE_LIMIT         256 /* easy handles kept for later requests */

/* The only function that changes a transfer's state. */
static void set_state(struct transfer *transfer, enum transfer_state state)
{
    static const unsigned next[] = {
        [TRANSFER_FREE] = 1U << TRANSFER_STARTED,
        [TRANSFER_STARTED] = 1U << TRANSFER_SENT | 1U << TRANSFER_FREE,
        [TRANSFER_SENT] = 1U << TRANSFER_LET_GO | 1U << TRANSFER_FREE,
        [TRANSFER_LET_GO] = 1U << TRANSFER_FREE,
    };
    assert(next[transfer->state] & 1U << state);
    transfer->state = state;
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

static bool take_status(struct transfer *transfer, struct slice line)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!reply_head_begin(&transfer->head, line, (int)status))
        return false;
    return !transfer->head.is_final || transfer->events->status(transfer->owner, (int)status);
}

static bool take_field(struct transfer *transfer, struct slice line)
{
    struct slice name, value;
    if (!reply_head_add(&transfer->head, line, &name, &value))
        return !transfer->head.framing.error;
    return transfer->events->field(transfer->owner, name, value);
}

/*
 * An engine may answer before it has the whole body. libcurl then stops sending, but up to 7.88 a
 * paused upload stays paused, and the transfer would never end.
 */
static void let_upload_end(struct transfer *transfer)
{
    if (transfer->head.is_final)
        transfer_continue_upload(transfer);
}

static bool take_end_of_head(struct transfer *transfer)
{
    if (!reply_head_end(&transfer->head))
        return !transfer->head.framing.error;
    curl_off_t length = -1;
    /*
     * For a 304 libcurl reports 0, but the field has the length of the full reply (RFC 9110 §8.6).
     */
    if (transfer->head.status != 304)
        curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    else if (transfer->head.framing.lengths > 0)
        length = transfer->head.framing.length;
    transfer->events->head(transfer->owner, length);
    let_upload_end(transfer);
    return true;
}

/* Called for each line of the reply's head, and for the empty line after it. */
static size_t on_head_line(char *bytes, size_t size, size_t count, void *context)
{
    (void)size;
    struct transfer *transfer = context;
    struct slice line = {bytes, count};
    if (line.length > 0 && bytes[line.length - 1] == '\n')
        line.length--;
    if (line.length > 0 && bytes[line.length - 1] == '\r')
        line.length--;
    bool taken = true;
    if (line.length == 0)
        taken = take_end_of_head(transfer);
    else if (!transfer->head.is_final && line.length > 5 && memcmp(line.data, "HTTP/", 5) == 0)
        taken = take_status(transfer, line);
    else
        taken = take_field(transfer, line);
    return taken ? count : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)size;
    struct transfer *transfer = context;
    if (transfer->events->body(transfer->owner, bytes, count)) {
        let_upload_end(transfer);
        return count;
    }
    transfer->paused |= CURLPAUSE_RECV;
    return CURL_WRITEFUNC_PAUSE;
}

static size_t on_upload(char *into, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t given = transfer->events->upload(transfer->owner, into, size * count);
    if (given > 0)
        return given;
    if (transfer->state == TRANSFER_LET_GO)
        return CURL_READFUNC_ABORT;
    transfer->paused |= CURLPAUSE_SEND;
    return CURL_READFUNC_PAUSE;
}

static void free_transfer(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_url_cleanup(transfer->url);
    free(transfer);
}

void transfers_finish(struct transfers *transfers)
{
    while (transfers->free) {
        struct transfer *transfer = transfers->free;
        transfers->free = transfer->next;
        free_transfer(transfer);
    }
}

/*
 * If a kept connection ends before the first byte of a reply, libcurl assumes that the server had
 * already closed it, and sends the request again on a new one (Curl_retry_request in lib/url.c).
 * But the script may have run, so nothing is sent twice.
 */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    struct transfer *transfer = context;
    if (transfer->state != TRANSFER_STARTED)
        return CURL_PREREQFUNC_ABORT;
    set_state(transfer, TRANSFER_SENT);
    return CURL_PREREQFUNC_OK;
}

/* Sets what is the same for all requests. */
static void configure(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* ignore http_proxy on the way to engines */
    curl_easy_setopt(easy, CURLOPT_CURLU, transfer->url);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT,
                     -1L); /* replicas are numeric: nothing to purge */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)TRANSFER_HOLDS);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->cause);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, sockets_on_open);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer->transfers->sockets);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, sockets_on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->transfers->sockets);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

static struct transfer *take_transfer(struct transfers *transfers)
{
    struct transfer *transfer = transfers->free;
    if (transfer) {
        transfers->free = transfer->next;
        transfers->free_count--;
        return transfer;
    }
    transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return NULL;
    transfer->easy = curl_easy_init();
    transfer->url = curl_url();
    if (!transfer->easy || !transfer->url) {
        free_transfer(transfer);
        return NULL;
    }
    transfer->transfers = transfers;
    configure(transfer);
    return transfer;
}

/*
 * A handle whose transfer failed is not used again. libcurl 8.14 remembers in it that a body has to
 * be read again, and then fails every request with "necessary data rewind was not possible"
 * (Curl_creader_set_rewind in lib/sendf.c, which Curl_req_hard_reset does not undo).
 */
static void give_back(struct transfer *transfer, bool is_sound)
{
    struct transfers *transfers = transfer->transfers;
    set_state(transfer, TRANSFER_FREE);
    if (!is_sound || transfers->free_count == FREE_LIMIT) {
        free_transfer(transfer);
        return;
    }
    transfer->next = transfers->free;
    transfers->free = transfer;
    transfers->free_count++;
}

/* The target goes to the engine unchanged: libcurl does not parse it as part of a URL. */
static bool set_target(struct transfer *transfer, const char *replica, const char *target)
{
    if (strcmp(transfer->replica, replica) != 0) {
        char url[sizeof("http://") + ADDRESS_TEXT_CAPACITY];
        snprintf(url, sizeof(url), "http://%s", replica);
        transfer->replica[0] = '\0'; /* in case it fails */
        if (curl_url_set(transfer->url, CURLUPART_URL, url, 0) != CURLUE_OK)
            return false;
        snprintf(transfer->replica, sizeof(transfer->replica), "%s", replica);
    }
    return curl_easy_setopt(transfer->easy, CURLOPT_REQUEST_TARGET, target) == CURLE_OK;
}

/* libcurl derives the method from the kind of body, unless CURLOPT_CUSTOMREQUEST names another. A
 * handle remembers both from the previous request. */
static void set_method(struct transfer *transfer, const struct transfer_request *request)
{
    CURL *easy = transfer->easy;
    bool is_post = strcmp(request->method, "POST") == 0;
    const char *implied = "GET";
    curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        implied = "HEAD";
    } else if (request->body_length >= 0 || is_post) {
        bool has_body = request->body_length > 0;
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)(has_body ? request->body_length : 0));
        /* If a body is in one piece, libcurl sends it together with the head. */
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, has_body ? request->body : "");
        implied = "POST";
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
                     strcmp(request->method, implied) == 0 ? NULL : request->method);
}

struct transfer *transfer_start(struct transfers *transfers, const struct transfer_request *request,
                                const struct transfer_events *events, void *owner)
{
    struct transfer *transfer = take_transfer(transfers);
    if (!transfer)
        return NULL;
    set_state(transfer, TRANSFER_STARTED);
    transfer->paused = 0;
    transfer->events = events;
    transfer->owner = owner;
    transfer->cause[0] = '\0';
    transfer->head = (struct reply_head){0};
    set_method(transfer, request);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, request->fields);
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, request->own_connection ? 1L : 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, request->own_connection ? 1L : 0L);
    if (!set_target(transfer, request->replica, request->target) ||
        curl_multi_add_handle(transfers->multi, transfer->easy) != CURLM_OK) {
        give_back(transfer, false);
        return NULL;
    }
    return transfer;
}

static void go_on(struct transfer *transfer, int direction)
{
    if (!(transfer->paused & direction))
        return;
    transfer->paused &= ~direction;
    curl_easy_pause(transfer->easy, transfer->paused);
}

void transfer_continue_upload(struct transfer *transfer)
{
    go_on(transfer, CURLPAUSE_SEND);
}

void transfer_continue_download(struct transfer *transfer)
{
    go_on(transfer, CURLPAUSE_RECV);
}

void transfer_let_go(struct transfer *transfer)
{
    if (transfer->paused != CURLPAUSE_SEND)
        return;
    set_state(transfer, TRANSFER_LET_GO);
    transfer_continue_upload(transfer);
}

static enum transfer_result result_of(const struct transfer *transfer, CURLcode code)
{
    if (code == CURLE_OK)
        return TRANSFER_COMPLETE;
    return transfer->state == TRANSFER_STARTED ? TRANSFER_NOT_REACHED : TRANSFER_BROKEN;
}

void transfer_finish(struct transfer *transfer, CURLcode code)
{
    enum transfer_result result = result_of(transfer, code);
    const struct transfer_events *events = transfer->events;
    void *owner = transfer->owner;
    char cause[CURL_ERROR_SIZE];
    snprintf(cause, sizeof(cause), "%s",
             transfer->head.framing.error        ? transfer->head.framing.error
             : code == CURLE_ABORTED_BY_CALLBACK ? "it was closed before an answer came"
             : transfer->cause[0]                ? transfer->cause
                                                 : curl_easy_strerror(code));
    curl_multi_remove_handle(transfer->transfers->multi, transfer->easy);
    give_back(transfer, result == TRANSFER_COMPLETE);
    events->done(owner, result, cause);
}

void transfer_cancel(struct transfer *transfer)
{
    curl_multi_remove_handle(transfer->transfers->multi, transfer->easy);
    give_back(transfer, false);
}
