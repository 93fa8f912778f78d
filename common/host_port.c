#include "host_port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

bool host_port_split(char *text, char **host, unsigned *port)
{
    char *colon;
    if (text[0] == '[') {
        char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] != '\0' && bracket[1] != ':'))
            return false;
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
        *bracket = '\0';
        *host = text + 1;
    } else {
        colon = strchr(text, ':');
        if (colon && strchr(colon + 1, ':'))
            return false; /* IPv6 without brackets: the port would be a guess */
        if (colon)
            *colon = '\0';
        *host = text;
    }
    return !colon || number_parse(colon + 1, 1, 65535, port);
}

bool host_is_valid(const char *host)
{
    if (host[0] == '\0' || strlen(host) > 253)
        return false;
    for (const char *c = host; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(".-_:%", *c))
            return false;
    }
    return true;
}
