#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* One write per line, so that lines of several threads never mix. A full pipe blocks the thread. */
void log_write(int descriptor, const char *line, int length, size_t capacity)
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
    log_write(STDERR_FILENO, line, length, sizeof(line));
}
