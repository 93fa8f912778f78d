#include "access_log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exchange.h"
#include "http_status.h"
#include "log.h"
#include "log_time.h"
#include "milliseconds.h"
#include "text.h"

/* What both forms say. */
struct log_values {
    const char *client, *id, *engine, *replica;
    const char *method; /* those that are not known: "-" */
    const char *cause;  /* NULL where it did not fail */
    int status;
    int64_t duration; /* microseconds */
};

static atomic_bool as_json;

void access_log_use_json(bool json)
{
    atomic_store(&as_json, json);
}

static int format_text(char *line, size_t capacity, const struct exchange *exchange,
                       const struct log_values *values)
{
    char path[1024], method[64];
    /* Without the query: it may hold what is not for a log. */
    text_for_log(path, sizeof(path), exchange->target, strcspn(exchange->target, "?"));
    text_for_log(method, sizeof(method), values->method, strlen(values->method));
    return snprintf(line, capacity,
                    "access client=%s id=%s engine=%s method=%s path=\"%s\" status=%d "
                    "in=%" PRIu64 " out=%" PRIu64 " ms=" MILLISECONDS " queue_ms=" MILLISECONDS
                    " engine_ms=" MILLISECONDS " "
                    "replica=%s\n",
                    values->client, values->id, values->engine, method, path, values->status,
                    exchange->received, exchange->sent, IN_MILLISECONDS(values->duration),
                    IN_MILLISECONDS(exchange_queue_time(exchange)),
                    IN_MILLISECONDS(exchange_engine_time(exchange)), values->replica);
}

/* Of bytes, as JSON has no others: those beyond ASCII stand for the character of their number. */
static void to_json_string(char *out, size_t capacity, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 7 < capacity; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            used += (size_t)snprintf(out + used, capacity - used, "\\%c", c);
        else if (c >= ' ' && c < 0x7f)
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, capacity - used, "\\u%04x", c);
    }
    out[used] = '\0';
}

static int format_json(char *line, size_t capacity, const struct exchange *exchange,
                       const struct log_values *values)
{
    char path[1024], method[64], cause[600], time_text[LOG_TIME_CAPACITY];
    to_json_string(path, sizeof(path), exchange->target, strcspn(exchange->target, "?"));
    to_json_string(method, sizeof(method), values->method, strlen(values->method));
    const char *why = values->cause ? values->cause : "";
    to_json_string(cause, sizeof(cause), why, strlen(why));
    return snprintf(
        line, capacity,
        "{\"time\":\"%s\",\"client\":\"%s\",\"id\":\"%s\",\"engine\":\"%s\","
        "\"method\":\"%s\",\"path\":\"%s\",\"status\":%d,\"in\":%" PRIu64 ",\"out\":%" PRIu64
        ",\"ms\":" MILLISECONDS ",\"queue_ms\":" MILLISECONDS ",\"engine_ms\":" MILLISECONDS ","
        "\"replica\":\"%s\",\"cause\":\"%s\"}\n",
        log_time(time_text), values->client, values->id, values->engine, method, path,
        values->status, exchange->received, exchange->sent, IN_MILLISECONDS(values->duration),
        IN_MILLISECONDS(exchange_queue_time(exchange)),
        IN_MILLISECONDS(exchange_engine_time(exchange)), values->replica, cause);
}

/* What asks for health, metrics or settings, of the router or of an engine. */
static bool is_probe(const struct exchange *exchange)
{
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics", "/info"};
    bool asks = strcmp(exchange->method, "GET") == 0; /* as everything does that asks regularly */
    const char *path = exchange->target + exchange->engine_target_at;
    for (size_t i = 0; asks && i < sizeof(paths) / sizeof(*paths); i++) {
        if (strcmp(path, paths[i]) == 0)
            return true;
    }
    return false;
}

void access_log_write(const struct exchange *exchange)
{
    char line[4096];
    struct log_values values = {
        .client = exchange->address[0] ? exchange->address : "-",
        .id = exchange->request_id[0] ? exchange->request_id : "-",
        .method = exchange->method[0] ? exchange->method : "-",
        .engine = exchange->engine ? exchange->engine->name : "-",
        .replica = exchange->replica[0] ? exchange->replica : "-",
        .status = exchange->client_left ? STATUS_CLIENT_CLOSED_REQUEST : exchange->status,
        .duration = exchange_now() - exchange->began,
    };
    values.cause = exchange->cause[0] != '\0' ? exchange->cause
                   : values.status >= 400     ? "the engine answered with an error"
                                              : NULL;
    if (!log_level_has(exchange->settings->log_level, values.status, is_probe(exchange)))
        return;
    bool json = atomic_load(&as_json);
    int length = json ? format_json(line, sizeof(line), exchange, &values)
                      : format_text(line, sizeof(line), exchange, &values);
    log_write(STDOUT_FILENO, line, length, sizeof(line));
    if (values.cause)
        log_line("request %s failed: status=%d engine=%s replica=%s: %s", values.id, values.status,
                 values.engine, values.replica, values.cause);
}
