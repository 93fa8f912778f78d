/*
 * A request's head of any bytes: a first line "METHOD VERSION", then one field per line. What
 * passes must end at one place, and no field that goes on may change that for the engine.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "framing.h"
#include "headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *take_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    *rest = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size), *rest = text, *connection = NULL;
    if (!text)
        return 0;
    char *method = take_line(&rest), *version = strchr(method, ' ');
    if (version)
        *version++ = '\0';
    struct framing framing = {0};
    unsigned dangerous = 0;
    while (*rest) {
        char *name = take_line(&rest), *value = strchr(name, ':');
        if (value)
            *value++ = '\0';
        struct slice content = slice_of(value ? value : "");
        framing_add(&framing, slice_of(name), content);
        if (strcasecmp(name, "Connection") == 0)
            connection = value;
        if (header_goes_to_engine(name, connection) &&
            (strpbrk(name, " \r\t:_") || strcasecmp(name, "content-length") == 0 ||
             strcasecmp(name, "transfer-encoding") == 0 || strpbrk(content.data, "\r\n")))
            dangerous++;
        header_goes_to_client(slice_of(name), NULL);
    }
    bool clear = framing_check(&framing, version ? version : "HTTP/1.1", method);
    if (clear != !framing.error || (clear && dangerous > 0) ||
        (clear && framing.lengths + framing.codings > 1) || framing.length < 0)
        abort();
    free(text);
    return 0;
}
