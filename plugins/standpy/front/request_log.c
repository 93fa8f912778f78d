#include "request_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "log_time.h"
#include "text.h"
#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

static struct {
    enum log_level level;
    bool json;
} form;

void request_log_set_up(enum log_level level, bool json)
{
    form.level = level;
    form.json = json;
}

static bool is_probe(const struct request_record *record)
{
    static const char *const paths[] = {"/healthz", "/info", "/metrics"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        if (strcmp(record->method, "GET") == 0 && strcmp(record->path, paths[i]) == 0)
            return true;
    }
    return false;
}

/* The path is already fit for a text line; JSON doubles its backslashes. */
static void escape(char *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    *out = '\0';
}

static int write_json(char *line, size_t capacity, const struct request_record *record)
{
    char time[LOG_TIME_CAPACITY], path[2 * LOGGED_PATH], method[4 * LOGGED_METHOD + 1];
    char safe[8 * LOGGED_METHOD + 1];
    escape(path, record->path);
    text_for_log(method, sizeof(method), record->method, strlen(record->method));
    escape(safe, method);
    return snprintf(
        line, capacity,
        "{\"time\":\"%s\",\"id\":\"%s\",\"worker\":%d,\"method\":\"%s\",\"path\":\"%s\","
        "\"status\":%d,\"in\":%" PRIu64 ",\"out\":%" PRIu64 ",\"us\":%" PRIu64 "}\n",
        log_time(time), record->request_id, record->worker, safe, path, record->status,
        record->received, record->sent, record->microseconds);
}

static int write_text(char *line, size_t capacity, const struct request_record *record)
{
    char time[LOG_TIME_CAPACITY];
    return snprintf(line, capacity,
                    "%s - request id=%s worker=%d method=%s path=\"%s\" status=%d in=%" PRIu64
                    " out=%" PRIu64 " us=%" PRIu64 "\n",
                    log_time(time), record->request_id, record->worker, record->method,
                    record->path, record->status, record->received, record->sent,
                    record->microseconds);
}

void request_log(const struct request_record *record)
{
    char line[2048]; /* more than enough for any record */
    if (!uwsgi.logging_options.enabled ||
        !log_level_has(form.level, record->status, is_probe(record)))
        return;
    int length =
        form.json ? write_json(line, sizeof(line), record) : write_text(line, sizeof(line), record);
    if (write(uwsgi.req_log_fd, line, (size_t)length) < 0)
        return; /* nobody reads the log, so there is nobody to tell */
}
