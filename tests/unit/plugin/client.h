/* A connection, with its client's end in the test's hand; and what its user heard. */
#ifndef STANDPY_TEST_CLIENT_H
#define STANDPY_TEST_CLIENT_H

#include "connection.h"

#define CLIENT_PATIENCE 1 /* seconds */

struct client {
    struct connection *connection;
    int end;
};

/* How often each was called since the last client_connect; the last body's status. */
extern struct heard {
    int body, left, answered, due;
    enum body_status status;
} heard;

/* Once in a test program. */
void clients_set_up(void);

/* A new connection from 10.0.0.<host>, in CONNECTION_FRESH. */
struct client client_connect(unsigned host);

/* Its head has come, and its user has the request. */
void client_has_asked(const struct client *client);

/* What the client can read now; its length, 0 at the end, -1 if there is nothing. */
ssize_t client_read(const struct client *client, char *into, size_t capacity);

/* Both ends; a connection that is closed already stays so. The next loop_turn frees it. */
void client_leave(struct client *client);

#endif
