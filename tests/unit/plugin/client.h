/* A connection whose client's end the test holds; counts what the connection's user hears. */
#ifndef STANDPY_TEST_CLIENT_H
#define STANDPY_TEST_CLIENT_H

#include "connection.h"

#define CLIENT_PATIENCE 1 /* seconds */

struct client {
    struct connection *connection;
    int end;
};

/* How often each callback was called since the last client_connect; the last body's status. */
extern struct heard {
    int body, drained, left, answered, due;
    enum body_status status;
} heard;

/* Call it once in a test program. */
void clients_set_up(void);

/* Makes a connection from 10.0.0.<host>, in CONNECTION_FRESH. */
struct client client_connect(unsigned host);

/* Lets its head come; its user then has the request. */
void client_has_asked(const struct client *client);

/* Reads what the client can read now; its length, 0 at the end, -1 if there is nothing. */
ssize_t client_read(const struct client *client, char *into, size_t capacity);

/* Closes both ends, unless the connection is closed already. The next loop_turn frees it. */
void client_leave(struct client *client);

#endif
