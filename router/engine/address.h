/*
 * The address of a replica: what a name resolved to, and a port.
 */
#ifndef STANDPY_ROUTER_ADDRESS_H
#define STANDPY_ROUTER_ADDRESS_H

#include <arpa/inet.h>
#include <stdint.h>

#define ADDRESS_HOST_CAPACITY INET6_ADDRSTRLEN
#define ADDRESS_TEXT_CAPACITY (INET6_ADDRSTRLEN + 8) /* [v6]:port */

struct address {
    char host[ADDRESS_HOST_CAPACITY]; /* numeric, without brackets */
    unsigned port;
    uint64_t origin; /* the same for all addresses of one name and port */
};

#endif
