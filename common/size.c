#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool size_parse(const char *text, uint64_t *bytes)
{
    if (!isdigit((unsigned char)text[0])) /* strtoull would take spaces and signs */
        return false;

    char *unit;
    errno = 0;
    unsigned long long number = strtoull(text, &unit, 10);
    if (errno != 0 || number == 0)
        return false;

    unsigned shift = 0;
    if (*unit != '\0') {
        const char *units = "kmg";
        const char *at = strchr(units, tolower((unsigned char)*unit));
        if (!at || unit[1] != '\0')
            return false;
        shift = 10U * (unsigned)(at - units + 1);
    }
    if (number > ((unsigned long long)INT64_MAX >> shift))
        return false;
    *bytes = (uint64_t)number << shift;
    return true;
}
