#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "text.h"
#include "uwsgi_api.h"

#define LINE 1024

void log_line(const char *format, ...)
{
    char line[LINE];
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    uwsgi_log("standpy: %s\n", line);
}

void log_foreign(struct slice text)
{
    while (text.length > 0) {
        const char *end = memchr(text.data, '\n', text.length);
        size_t length = end ? (size_t)(end - text.data) : text.length;
        char line[LINE];
        /* uwsgi_log would begin each line with a time, but these continue the line above. */
        dprintf(STDERR_FILENO, "    %s\n", text_for_log(line, sizeof(line), text.data, length));
        size_t whole = end ? length + 1 : length;
        text.data += whole;
        text.length -= whole;
    }
}
