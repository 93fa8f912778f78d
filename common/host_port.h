/*
 * A host and a port, as people write them in settings. Pure.
 */
#ifndef STANDPY_HOST_PORT_H
#define STANDPY_HOST_PORT_H

#include <stdbool.h>

/* An address to listen on. All zero: none. */
struct host_port {
    char *host; /* owned, without brackets; NULL: every address */
    unsigned port;
};

/*
 * Splits host, host:port, [v6] or [v6]:port in place; *host points into text. *port keeps its value
 * if the text has no port. False if the text is malformed.
 */
bool host_port_split(char *text, char **host, unsigned *port);

/* Whether the text can be a host's name or address. */
bool host_is_valid(const char *host);

#endif
