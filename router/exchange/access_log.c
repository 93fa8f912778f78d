#include "access_log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "log_time.h"
#include "milliseconds.h"
#include "text.h"

static atomic_bool as_json;

void access_log_use_json(bool json)
{
    atomic_store(&as_json, json);
}

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

static int64_t not_negative(int64_t number)
{
    return number > 0 ? number : 0;
}

static int format_text(char *line, size_t capacity, const struct record *record)
{
    char path[1024], method[64];
    /* Without the query, which may hold secrets. */
    text_for_log(path, sizeof(path), record->target, strcspn(record->target, "?"));
    const char *name = or_dash(record->method);
    text_for_log(method, sizeof(method), name, strlen(name));
    return snprintf(line, capacity,
                    "access client=%s id=%s engine=%s method=%s path=\"%s\" status=%d "
                    "in=%" PRIu64 " out=%" PRIu64 " ms=" MILLISECONDS " queue_ms=" MILLISECONDS
                    " engine_ms=" MILLISECONDS " "
                    "replica=%s\n",
                    or_dash(record->client), or_dash(record->id), or_dash(record->engine), method,
                    path, record->status, record->received, record->sent,
                    IN_MILLISECONDS(record->duration),
                    IN_MILLISECONDS(not_negative(record->queue_time)),
                    IN_MILLISECONDS(record->engine_time), or_dash(record->replica));
}

/* Escapes bytes. JSON has only characters, so a byte beyond ASCII becomes the character with its
 * number. */
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

static int format_json(char *line, size_t capacity, const struct record *record)
{
    char path[1024], method[64], cause[600], time_text[LOG_TIME_CAPACITY];
    to_json_string(path, sizeof(path), record->target, strcspn(record->target, "?"));
    const char *name = or_dash(record->method);
    to_json_string(method, sizeof(method), name, strlen(name));
    const char *why = record->cause ? record->cause : "";
    to_json_string(cause, sizeof(cause), why, strlen(why));
    return snprintf(
        line, capacity,
        "{\"time\":\"%s\",\"client\":\"%s\",\"id\":\"%s\",\"engine\":\"%s\","
        "\"method\":\"%s\",\"path\":\"%s\",\"status\":%d,\"in\":%" PRIu64 ",\"out\":%" PRIu64
        ",\"ms\":" MILLISECONDS ",\"queue_ms\":" MILLISECONDS ",\"engine_ms\":" MILLISECONDS ","
        "\"replica\":\"%s\",\"cause\":\"%s\"}\n",
        log_time(time_text), or_dash(record->client), or_dash(record->id), or_dash(record->engine),
        method, path, record->status, record->received, record->sent,
        IN_MILLISECONDS(record->duration), IN_MILLISECONDS(not_negative(record->queue_time)),
        IN_MILLISECONDS(record->engine_time), record->replica, cause);
}

/* A probe asks for health, metrics or settings, of the router or of an engine. */
static bool is_probe(const struct record *record)
{
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics", "/info"};
    bool asks = strcmp(record->method, "GET") == 0; /* as everything does that asks at intervals */
    for (size_t i = 0; asks && i < sizeof(paths) / sizeof(*paths); i++) {
        if (strcmp(record->engine_target, paths[i]) == 0)
            return true;
    }
    return false;
}

void access_log_write(const struct record *record, enum log_level level)
{
    char line[4096];
    if (!log_level_has(level, record->status, is_probe(record)))
        return;
    bool json = atomic_load(&as_json);
    int length =
        json ? format_json(line, sizeof(line), record) : format_text(line, sizeof(line), record);
    log_add(line, length, sizeof(line));
    if (!record->cause)
        return;
    log_flush(); /* the line above comes first */
    log_line("request %s failed: status=%d engine=%s replica=%s: %s", or_dash(record->id),
             record->status, or_dash(record->engine), or_dash(record->replica), record->cause);
}
