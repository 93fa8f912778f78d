/*
 * The body of a reply that the router makes itself.
 */
#ifndef STANDPY_ROUTER_OWN_BODY_H
#define STANDPY_ROUTER_OWN_BODY_H

#include <stddef.h>

/* All zero: there is none. */
struct own_body {
    char *bytes; /* owned by whoever holds this */
    size_t length;
    const char *media_type; /* constant text */
};

#endif
