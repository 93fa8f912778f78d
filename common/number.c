#include "number.h"

#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, unsigned long from, unsigned long to, unsigned *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    if (value < from || value > to)
        return false;
    *number = (unsigned)value;
    return true;
}
