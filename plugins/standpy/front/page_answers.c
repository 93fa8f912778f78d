#include "page_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assignment.h"
#include "death.h"
#include "engine.h"
#include "log.h"
#include "message.h"
#include "script_answers.h"
#include "stack.h"
#include "stream.h"

#define CHUNK_SIZE 24 /* bytes of a chunk's first line */

static bool is_head_request(const struct exchange *exchange)
{
    return strcmp(exchange->record.method, "HEAD") == 0;
}

/* What decides where the body ends (RFC 9112 §6.3). */
static enum page_framing choose_framing(const struct exchange *exchange, int status,
                                        bool has_length)
{
    if (is_head_request(exchange) || status == 204 || status == 304)
        return PAGE_EMPTY;
    if (has_length)
        return PAGE_LENGTH;
    return exchange->takes_chunks ? PAGE_CHUNKED : PAGE_CLOSE;
}

/* Nobody waits for more: forgets the exchange and closes its connection. */
static void give_up(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;
    if (exchange->work.state != WORK_DONE)
        assignment_withdraw(&exchange->work);
    exchange_abandon(exchange);
    connection_close(connection);
}

/* Bytes */

/* Cuts off what exceeds the Content-Length that is sent already. */
static struct slice bounded(struct exchange *exchange, struct slice content)
{
    if (exchange->page.framing == PAGE_EMPTY)
        return (struct slice){"", 0};
    if (exchange->page.framing == PAGE_LENGTH && content.length > exchange->page.left)
        content.length = (size_t)exchange->page.left;
    if (exchange->page.framing == PAGE_LENGTH)
        exchange->page.left -= content.length;
    return content;
}

static struct iovec vector_of(struct slice slice)
{
    return (struct iovec){(char *)(uintptr_t)slice.data, slice.length};
}

/* Sends the head, if there is one, and a piece. False if the client is gone. */
static bool send_piece(struct exchange *exchange, struct slice head, struct slice content,
                       bool ends)
{
    char chunk[CHUNK_SIZE];
    struct iovec pieces[4];
    size_t count = 0;
    content = bounded(exchange, content);
    bool is_chunk = exchange->page.framing == PAGE_CHUNKED;
    exchange->record.sent += content.length;
    if (head.length > 0)
        pieces[count++] = vector_of(head);
    if (is_chunk && content.length > 0)
        pieces[count++] = (struct iovec){
            chunk, (size_t)snprintf(chunk, sizeof(chunk), "%zx\r\n", content.length)};
    if (content.length > 0)
        pieces[count++] = vector_of(content);
    if (is_chunk && (content.length > 0 || ends))
        pieces[count++] = vector_of(slice_of(content.length == 0 ? "0\r\n\r\n"
                                             : ends              ? "\r\n0\r\n\r\n"
                                                                 : "\r\n"));
    return count == 0 || stream_send(exchange->connection, pieces, count);
}

/* Parts */

/* In the form of RFC 9110 §5.6.7, made once a second. strftime(3) would follow the locale. */
static const char *present_date(void)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static char text[64];
    static time_t second;
    time_t now = time(NULL);
    struct tm parts;
    if (now == second || !gmtime_r(&now, &parts))
        return text;
    second = now;
    snprintf(text, sizeof(text), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             days + (size_t)3 * (size_t)parts.tm_wday, parts.tm_mday,
             months + (size_t)3 * (size_t)parts.tm_mon, parts.tm_year + 1900, parts.tm_hour,
             parts.tm_min, parts.tm_sec);
    return text;
}

static void begin(struct exchange *exchange, const struct message *message,
                  const struct message_parts *parts, const struct page_fields *fields)
{
    static char head[MESSAGE_FIELDS + PAGE_HEAD_EXTRA];
    struct connection *connection = exchange->connection;
    struct page_head page = {
        .status = (int)message->status,
        .request_id = exchange->record.request_id,
        .date = present_date(),
        .framing = choose_framing(exchange, (int)message->status, fields->has_length),
    };
    if ((page.framing == PAGE_CHUNKED || page.framing == PAGE_CLOSE) && message->end == PAGE_ENDS) {
        page.framing = PAGE_LENGTH;
        page.adds_length = true;
        page.length = parts->content.length;
    }
    exchange->page.framing = page.framing;
    exchange->page.left = page.adds_length ? page.length : fields->length;
    if (page.framing == PAGE_CLOSE && connection->after == AFTER_NEXT)
        connection->after = AFTER_CLOSE;
    stream_begin(connection);
    page.keep = connection->after == AFTER_NEXT;
    exchange_enter(exchange, EXCHANGE_STREAMING);
    exchange->record.status = page.status;
    struct slice written = {head, page_head_write(head, fields, &page)};
    if (!send_piece(exchange, written, parts->content, message->end == PAGE_ENDS))
        give_up(exchange);
}

static void cut(struct exchange *exchange)
{
    exchange_enter(exchange, EXCHANGE_ANSWERING);
    stream_cut(exchange->connection, exchange->page.framing == PAGE_CLOSE);
}

/* A part that is wrong: no client may take a byte behind it for an answer. */
static void refuse_part(struct exchange *exchange, const char *detail)
{
    if (exchange->work.state != WORK_DONE)
        assignment_withdraw(&exchange->work);
    if (exchange->state == EXCHANGE_STREAMING)
        cut(exchange);
    else
        exchange_answer_problem(exchange, PROBLEM_INTERNAL, detail, (struct problem_fields){0});
}

/* An answer that is shorter than its Content-Length is no answer. */
static void finish(struct exchange *exchange, enum page_end how)
{
    bool is_short = exchange->page.framing == PAGE_LENGTH && exchange->page.left > 0;
    if (is_short && how == PAGE_ENDS)
        log_line("application: the answer to request %s ended %llu bytes before its Content-Length",
                 exchange->record.request_id, (unsigned long long)exchange->page.left);
    exchange_enter(exchange, EXCHANGE_ANSWERING);
    if (is_short || how == PAGE_BREAKS)
        stream_cut(exchange->connection, exchange->page.framing == PAGE_CLOSE);
    else
        stream_end(exchange->connection);
}

static void take_part(struct work *work, const struct message *message,
                      const struct message_parts *parts)
{
    struct exchange *exchange = exchange_of_work(work);
    struct connection *connection = exchange->connection;
    struct page_fields fields;
    if (message->kind == MESSAGE_HEAD) {
        if (exchange->state != EXCHANGE_WAITING || !page_fields_read(parts->fields, &fields)) {
            refuse_part(exchange, "the application's answer has a field that cannot be sent");
            return;
        }
        begin(exchange, message, parts, &fields);
    } else if (exchange->state != EXCHANGE_STREAMING) {
        refuse_part(exchange, "the application's answer has no head");
        return;
    } else if (!send_piece(exchange, (struct slice){"", 0}, parts->content,
                           message->end == PAGE_ENDS)) {
        give_up(exchange);
    }
    if (connection->state == CONNECTION_CLOSED)
        return; /* freed at the end of this turn */
    if (message->end != PAGE_GOES_ON)
        finish(exchange, (enum page_end)message->end);
    else if (stream_is_full(connection))
        workers_hold(work, true);
}

void page_answers_drained(struct exchange *exchange)
{
    workers_hold(&exchange->work, false);
}

/* Ends that nobody wanted */

static void take_overdue(struct work *work, const struct overdue *overdue)
{
    struct exchange *exchange = exchange_of_work(work);
    bool has_begun = exchange->state == EXCHANGE_STREAMING;
    char detail[200];
    snprintf(detail, sizeof(detail), "the application %s for %d s (WSGI_TIMEOUT)%s",
             has_begun ? "gave no piece of its answer" : "gave no answer", work->patience,
             overdue->stack.length > 0 ? "" : "; where it hung could not be found out");
    char *traceback = stack_format(overdue->stack, overdue->thread);
    log_line("application: request %s: %s", work->request_id, detail);
    if (traceback)
        log_foreign(slice_of(traceback));
    if (has_begun)
        cut(exchange);
    else
        script_answers_overdue(exchange, detail, traceback, overdue);
    free(traceback);
}

static void take_death(struct work *work, const struct death *death)
{
    struct exchange *exchange = exchange_of_work(work);
    char *traceback = stack_format(death->left.stack, death->left.thread);
    log_line("application: worker %d died with request %s: %s", work->worker, work->request_id,
             death->how);
    if (traceback)
        log_foreign(slice_of(traceback));
    log_foreign(death->left.err);
    free(traceback);
    if (exchange->state == EXCHANGE_STREAMING)
        cut(exchange);
    else
        exchange_answer_problem(exchange, PROBLEM_SCRIPT_DIED,
                                "the application gave no answer: its process ended",
                                (struct problem_fields){0});
}

const struct workers_user page_answers = {
    .part = take_part,
    .overdue = take_overdue,
    .died = take_death,
};
