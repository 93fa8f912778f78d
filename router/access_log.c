#include "access_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "exchange.h"
#include "text.h"

/* One write for each line, so that lines of several threads never mix. A full pipe loses it. */
static void write_line(int descriptor, const char *line, int length, size_t capacity)
{
    size_t count = (size_t)length < capacity ? (size_t)length : capacity - 1;
    if (length > 0 && write(descriptor, line, count) < 0)
        return;
}

void log_line(const char *format, ...)
{
    char text[1024], line[1100];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    int length = snprintf(line, sizeof(line), "standpy-router: %s\n", text);
    write_line(STDERR_FILENO, line, length, sizeof(line));
}

static double milliseconds_since(const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) * 1e3 +
           (double)(now.tv_nsec - began->tv_nsec) / 1e6;
}

void access_log_write(const struct exchange *exchange)
{
    char path[1024], method[64], replica[300] = "-", line[2048];
    /* Without the query: it may hold what is not for a log. */
    text_for_log(path, sizeof(path), exchange->target, strcspn(exchange->target, "?"));
    text_for_log(method, sizeof(method), exchange->method, strlen(exchange->method));
    if (exchange->replica)
        snprintf(replica, sizeof(replica), "%s:%u", exchange->replica->host,
                 exchange->replica->port);
    const char *engine = exchange->engine ? exchange->engine->name : "-";
    int length = snprintf(line, sizeof(line),
                          "access client=%s id=%s engine=%s method=%s path=\"%s\" status=%d "
                          "in=%" PRIu64 " out=%" PRIu64 " ms=%.3f replica=%s\n",
                          exchange->address[0] ? exchange->address : "-", exchange->request_id,
                          engine, method, path, exchange->status, exchange->received,
                          exchange->sent, milliseconds_since(&exchange->began), replica);
    write_line(STDOUT_FILENO, line, length, sizeof(line));
    const char *cause = exchange->cause[0] != '\0' ? exchange->cause
                        : exchange->status >= 400  ? "the engine answered with an error"
                                                   : NULL;
    if (cause)
        log_line("request %s failed: status=%d engine=%s replica=%s: %s", exchange->request_id,
                 exchange->status, engine, replica, cause);
}
