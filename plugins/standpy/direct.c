#include "direct.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Sends all of it, or as much as the client takes in time. */
static bool send_all(int descriptor, const char *data, size_t length, int patience)
{
    while (length > 0) {
        ssize_t sent = send(descriptor, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            data += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
            if (poll(&writable, 1, patience) == 0)
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void direct_send(int descriptor, const struct direct_answer *answer, int patience)
{
    char head[640];
    size_t length = strlen(answer->body);
    int head_length = snprintf(head, sizeof(head),
                               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                               "X-Request-Id: %s\r\n%sConnection: close\r\n\r\n",
                               answer->status, answer->reason, answer->content_type, length,
                               answer->request_id, answer->headers);
    if (send_all(descriptor, head, (size_t)head_length, patience) &&
        (answer->head_only || send_all(descriptor, answer->body, length, patience)))
        shutdown(descriptor, SHUT_WR);
    /* Unread bytes would turn the close into a reset. */
    char rest[8192];
    while (recv(descriptor, rest, sizeof(rest), MSG_DONTWAIT) > 0) {
    }
}
