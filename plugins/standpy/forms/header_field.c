#include "header_field.h"

struct slice header_field(struct slice head, const char *name)
{
    size_t name_length = strlen(name);
    while (head.length > 0) {
        const char *newline = memmem(head.data, head.length, "\r\n", 2);
        size_t line = newline ? (size_t)(newline - head.data) : head.length;
        if (line > name_length && head.data[name_length] == ':' &&
            strncasecmp(head.data, name, name_length) == 0) {
            struct slice value = {head.data + name_length + 1, line - name_length - 1};
            while (value.length > 0 && (value.data[0] == ' ' || value.data[0] == '\t')) {
                value.data++;
                value.length--;
            }
            return value;
        }
        size_t skip = newline ? line + 2 : line;
        head.data += skip;
        head.length -= skip;
    }
    return (struct slice){NULL, 0};
}
