#include "log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The most that one write puts into a pipe in one piece, whatever other threads write (pipe(7)). */
#define BATCH PIPE_BUF

/* Whole lines that wait to be written to standard output. */
static _Thread_local struct {
    char text[BATCH];
    size_t length;
} batch;

void log_flush(void)
{
    size_t length = batch.length;
    batch.length = 0;
    if (length > 0 && write(STDOUT_FILENO, batch.text, length) < 0)
        return;
}

void log_add(const char *line, int length, size_t capacity)
{
    size_t count = (size_t)length < capacity ? (size_t)length : capacity - 1;
    if (length <= 0)
        return;
    if (count > BATCH - batch.length)
        log_flush();
    memcpy(batch.text + batch.length, line, count);
    batch.length += count;
}

void log_line(const char *format, ...)
{
    char text[1024], line[1100];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    int length = snprintf(line, sizeof(line), "standpy-router: %s\n", text);
    size_t count = (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1;
    if (length > 0 && write(STDERR_FILENO, line, count) < 0)
        return;
}
