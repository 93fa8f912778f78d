#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "field_syntax.h"
#include "plain_head.h"
#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

#define MOST_KEPT 64 /* unused readers */

struct head_reader {
    struct wsgi_request wsgi_request;
    char *buffer; /* a uwsgi_header, then the variables */
    struct iovec *variables;
    char *came; /* from the client so far, of an HTTP socket */
    size_t came_length;
    struct head_reader *next; /* among the unused ones */
};

static struct head_reader *unused;
static size_t unused_count;

static void free_reader(struct head_reader *reader)
{
    if (!reader)
        return;
    free(reader->buffer);
    free(reader->variables);
    free(reader->came);
    free(reader);
}

static struct head_reader *make_reader(void)
{
    struct head_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return NULL;
    reader->buffer = malloc(sizeof(struct uwsgi_header) + (size_t)uwsgi.buffer_size);
    reader->variables = calloc((size_t)uwsgi.vec_size, sizeof(*reader->variables));
    reader->came = malloc((size_t)uwsgi.buffer_size);
    if (reader->buffer && reader->variables && reader->came)
        return reader;
    free_reader(reader);
    return NULL;
}

/* Does what wsgi_req_setup (core/utils.c) does for the requests of uWSGI's own loops. */
static void reset(struct head_reader *reader)
{
    struct wsgi_request *request = &reader->wsgi_request;
    memset(request, 0, sizeof(*request));
    request->uh = (struct uwsgi_header *)(void *)reader->buffer;
    memset(request->uh, 0, sizeof(*request->uh));
    request->buffer = reader->buffer + sizeof(struct uwsgi_header);
    request->hvec = reader->variables;
    reader->came_length = 0;
    request->app_id = -1;
    request->sendfile_fd = -1;
}

struct head_reader *head_reader_take(int descriptor, struct uwsgi_socket *socket,
                                     const struct sockaddr_storage *client, socklen_t length)
{
    struct head_reader *reader = unused;
    if (reader) {
        unused = reader->next;
        unused_count--;
    } else {
        reader = make_reader();
    }
    if (!reader)
        return NULL;
    reset(reader);
    struct wsgi_request *request = &reader->wsgi_request;
    request->fd = descriptor;
    request->socket = socket;
    size_t room = sizeof(request->client_addr);
    memcpy(&request->client_addr, client, length < room ? length : room);
    request->c_len = (int)length;
    return reader;
}

void head_reader_give_back(struct head_reader *reader)
{
    if (!reader)
        return;
    free(reader->wsgi_request.proto_parser_buf);
    reader->wsgi_request.proto_parser_buf = NULL;
    if (unused_count >= MOST_KEPT) {
        free_reader(reader);
        return;
    }
    reader->next = unused;
    unused = reader;
    unused_count++;
}

/* uWSGI's own structs are not const-correct; it only reads the name. */
static struct slice variable(struct wsgi_request *wsgi_request, const char *name)
{
    uint16_t length = 0;
    char *value =
        uwsgi_get_var(wsgi_request, (char *)(uintptr_t)name, (uint16_t)strlen(name), &length);
    return (struct slice){value, value ? length : 0};
}

/* A list may come in several fields (RFC 9110 §5.3). */
static void read_contents(const struct wsgi_request *wsgi_request, struct request_head *head)
{
    static const char name[] = "HTTP_STANDPY_CONTENTS";
    for (int i = 0; i + 1 < wsgi_request->var_cnt; i += 2) {
        const struct iovec *variable = &wsgi_request->hvec[i], *value = variable + 1;
        if (variable->iov_len != sizeof(name) - 1 ||
            memcmp(variable->iov_base, name, sizeof(name) - 1) != 0)
            continue;
        head->contents_status = content_names_add(
            &head->contents, (struct slice){value->iov_base, value->iov_len}, &head->wrong_content);
        if (head->contents_status != CONTENT_NAMES_FINE)
            return;
    }
}

/* What the router says in X-Queue-Ms; 0 if it makes no sense. */
static double read_milliseconds(struct slice text)
{
    char copy[32], *end;
    if (!text.data || text.length == 0 || text.length >= sizeof(copy))
        return 0;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    double value = strtod(copy, &end);
    return *end == '\0' && value >= 0 && value < 1e9 ? value : 0;
}

/* Two lengths in one head can make one request look like two (RFC 9112 §11.2). */
static bool has_two_lengths(const struct wsgi_request *wsgi_request)
{
    static const char name[] = "CONTENT_LENGTH";
    int found = 0;
    for (int i = 0; i < wsgi_request->var_cnt; i += 2) { /* name, value, name, … */
        const struct iovec *variable = &wsgi_request->hvec[i];
        found += variable->iov_len == sizeof(name) - 1 &&
                 memcmp(variable->iov_base, name, sizeof(name) - 1) == 0;
    }
    return found > 1;
}

static enum body_framing read_framing(struct wsgi_request *wsgi_request, uint64_t *length)
{
    struct slice text = variable(wsgi_request, "CONTENT_LENGTH");
    bool is_read =
        !text.data || (field_read_length(text, length) && !has_two_lengths(wsgi_request));
    if (variable(wsgi_request, "HTTP_TRANSFER_ENCODING").data)
        return FRAMING_CHUNKED;
    return is_read ? FRAMING_LENGTH : FRAMING_MALFORMED;
}

/* Any Connection field but keep-alive ends the connection, because a new one costs little. */
static bool wants_close(struct wsgi_request *wsgi_request)
{
    struct slice value = variable(wsgi_request, "HTTP_CONNECTION");
    return value.data && !slice_equals_nocase(value, "keep-alive");
}

static bool is_1_1(const struct wsgi_request *wsgi_request)
{
    return wsgi_request->protocol_len == 8 && memcmp(wsgi_request->protocol, "HTTP/1.1", 8) == 0;
}

/* Bytes after the body are another request. That comes too early, so the connection ends. */
static bool may_keep_alive(const struct request_head *head)
{
    return head->keeps_connection && head->rest.length <= head->length;
}

/* http://host/path means /path (RFC 9112 §3.2.2); uWSGI leaves it as it came. */
static struct slice without_authority(struct slice target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t skip = strlen(schemes[i]);
        if (target.length < skip || strncasecmp(target.data, schemes[i], skip) != 0)
            continue;
        const char *path = memchr(target.data + skip, '/', target.length - skip);
        return path ? (struct slice){path, target.length - (size_t)(path - target.data)}
                    : slice_of("/");
    }
    return target;
}

static bool read_variables(struct wsgi_request *wsgi_request, struct request_head *head)
{
    *head = (struct request_head){0};
    if (uwsgi_parse_vars(wsgi_request) != 0)
        return false;
    head->method = (struct slice){wsgi_request->method, wsgi_request->method_len};
    head->path =
        without_authority((struct slice){wsgi_request->path_info, wsgi_request->path_info_len});
    head->content_encoding = variable(wsgi_request, "HTTP_CONTENT_ENCODING");
    head->request_id = variable(wsgi_request, "HTTP_X_REQUEST_ID");
    head->content_type = variable(wsgi_request, "CONTENT_TYPE");
    head->accept = variable(wsgi_request, "HTTP_ACCEPT");
    head->prefer = variable(wsgi_request, "HTTP_PREFER");
    head->authorization = variable(wsgi_request, "HTTP_AUTHORIZATION");
    head->queue_ms = read_milliseconds(variable(wsgi_request, "HTTP_X_QUEUE_MS"));
    read_contents(wsgi_request, head);
    struct slice expect = variable(wsgi_request, "HTTP_EXPECT");
    head->expects_continue = expect.data && slice_equals_nocase(expect, "100-continue");
    struct slice coding = variable(wsgi_request, "HTTP_TRANSFER_ENCODING");
    head->is_clear = coding.data && slice_equals_nocase(coding, "chunked") &&
                     !variable(wsgi_request, "CONTENT_LENGTH").data;
    head->framing = read_framing(wsgi_request, &head->length);
    head->is_1_1 = is_1_1(wsgi_request);
    head->variables = wsgi_request->hvec;
    head->variable_count = (size_t)wsgi_request->var_cnt;
    head->keeps_connection = head->is_1_1 && !wants_close(wsgi_request);
    return true;
}

static bool is_at_end(int descriptor)
{
    char byte;
    ssize_t got = recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static enum head_status finish(struct head_reader *reader, struct slice rest,
                               struct request_head *head)
{
    if (!read_variables(&reader->wsgi_request, head))
        return HEAD_MALFORMED;
    head->rest = rest;
    head->keep_alive = may_keep_alive(head);
    return HEAD_WHOLE;
}

/* Has uWSGI's parser read bytes that have come already; it reads from descriptors alone. */
static int parse(struct wsgi_request *wsgi_request, struct slice head)
{
    static int ends[2] = {-1, -1}; /* a pipe may have room for 4 KiB only (pipe(7)) */
    int client = wsgi_request->fd, status = -1;
    if (ends[0] < 0 &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return -1;
    if (write(ends[1], head.data, head.length) == (ssize_t)head.length) {
        wsgi_request->fd = ends[0];
        status = wsgi_request->socket->proto(wsgi_request);
        wsgi_request->fd = client;
    }
    if (status != UWSGI_OK) { /* nothing of it may be left for another head */
        close(ends[0]);
        close(ends[1]);
        ends[0] = ends[1] = -1;
    }
    return status;
}

static enum head_status read_plain(struct head_reader *reader, struct request_head *head)
{
    static char plain[UINT16_MAX + 1];
    size_t capacity = (size_t)uwsgi.buffer_size, seen = reader->came_length, length = 0;
    capacity = capacity < sizeof(plain) ? capacity : sizeof(plain);
    ssize_t got = recv(reader->wsgi_request.fd, reader->came + seen, capacity - seen, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return HEAD_MORE;
    if (got <= 0)
        return HEAD_END;
    reader->came_length += (size_t)got;
    struct slice came = {reader->came, reader->came_length};
    enum plain_head found = plain_head_find(came, seen, &length);
    if (found == PLAIN_HEAD_MORE)
        return reader->came_length == capacity ? HEAD_TOO_LARGE : HEAD_MORE;
    size_t kept =
        found == PLAIN_HEAD_WHOLE ? plain_head_copy((struct slice){came.data, length}, plain) : 0;
    if (kept == 0 || parse(&reader->wsgi_request, (struct slice){plain, kept}) != UWSGI_OK)
        return HEAD_MALFORMED;
    return finish(reader, (struct slice){came.data + length, came.length - length}, head);
}

/* Not a socket with TLS, or of uWSGI's own protocol. */
static bool is_plain_http(const struct uwsgi_socket *socket)
{
    const char *name = socket->proto_name;
    return name && (strcmp(name, "http") == 0 || strcmp(name, "http11") == 0);
}

enum head_status head_reader_read(struct head_reader *reader, struct request_head *head)
{
    struct wsgi_request *wsgi_request = &reader->wsgi_request;
    if (is_plain_http(wsgi_request->socket))
        return read_plain(reader, head);
    if (wsgi_request->proto_parser_pos == (uint64_t)uwsgi.buffer_size)
        return HEAD_TOO_LARGE;
    int status = wsgi_request->socket->proto(wsgi_request);
    if (status == UWSGI_AGAIN)
        return HEAD_MORE;
    if (status == UWSGI_OK)
        return finish(reader,
                      (struct slice){wsgi_request->proto_parser_remains_buf,
                                     wsgi_request->proto_parser_remains},
                      head);
    return is_at_end(wsgi_request->fd) ? HEAD_END : HEAD_MALFORMED;
}
