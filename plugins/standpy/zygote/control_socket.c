#include "control_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "log_time.h"

#define PATIENCE 50 /* milliseconds, if the front still has much to read */

void zygote_log(const char *format, ...)
{
    char line[1024], time[LOG_TIME_CAPACITY];
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    dprintf(STDERR_FILENO, "%s - standpy: zygote: %s\n", log_time(time), line);
}

bool control_send(const struct control_message *message, const int *descriptors, size_t count)
{
    struct iovec piece = {(void *)(uintptr_t)message, CONTROL_HEAD + message->text_length};
    struct packet packet = {.pieces = &piece, .piece_count = 1, .descriptor_count = count};
    if (count > 0)
        memcpy(packet.descriptors, descriptors, count * sizeof(*descriptors));
    struct pollfd room = {.fd = CONTROL_SOCKET, .events = POLLOUT};
    bool sent = packet_send(CONTROL_SOCKET, &packet, MSG_DONTWAIT);
    if (!sent && errno == EAGAIN && poll(&room, 1, PATIENCE) > 0)
        sent = packet_send(CONTROL_SOCKET, &packet, MSG_DONTWAIT);
    if (!sent)
        zygote_log("cannot send to the front: %s", strerror(errno));
    return sent;
}

void control_send_failure(enum control_blame blame, const char *why)
{
    struct control_message message = {.kind = CONTROL_FAILED, .process = getpid(), .blame = blame};
    message.text_length = (uint32_t)strnlen(why, CONTROL_TEXT);
    memcpy(message.text, why, message.text_length);
    control_send(&message, NULL, 0);
}

enum control_receipt control_receive(struct control_message *message)
{
    struct iovec piece = {message, sizeof(*message)};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    ssize_t length = packet_receive(CONTROL_SOCKET, &packet, MSG_DONTWAIT);
    packet_close_descriptors(&packet);
    if (length < 0 && errno != EMSGSIZE)
        return CONTROL_NOTHING;
    if (length == 0)
        return CONTROL_CLOSED;
    if (length > 0 && control_is_whole(message, (size_t)length))
        return CONTROL_MESSAGE;
    zygote_log("the front sent a malformed message");
    return CONTROL_NOTHING;
}
