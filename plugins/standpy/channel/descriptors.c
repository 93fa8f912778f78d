#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

union control_space {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(PACKET_DESCRIPTORS * sizeof(int))];
};

bool packet_send(int socket, const struct packet *packet, int flags)
{
    union control_space space;
    struct msghdr message = {.msg_iov = packet->pieces, .msg_iovlen = packet->piece_count};
    if (packet->descriptor_count > 0) {
        size_t size = packet->descriptor_count * sizeof(int);
        memset(&space, 0, sizeof(space));
        message.msg_control = space.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = &space.align; /* CMSG_FIRSTHDR */
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), packet->descriptors, size);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

static void take_descriptors(struct msghdr *message, struct packet *packet)
{
    packet->descriptor_count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        memcpy(packet->descriptors, CMSG_DATA(header), size); /* the kernel cuts what has no room */
        packet->descriptor_count = size / sizeof(int);
    }
}

ssize_t packet_receive(int socket, struct packet *packet, int flags)
{
    union control_space space;
    struct msghdr message = {.msg_iov = packet->pieces,
                             .msg_iovlen = packet->piece_count,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    ssize_t got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -1;
    take_descriptors(&message, packet);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        packet_close_descriptors(packet);
        errno = EMSGSIZE;
        return -1;
    }
    return got;
}

void packet_close_descriptors(struct packet *packet)
{
    for (size_t i = 0; i < packet->descriptor_count; i++)
        close(packet->descriptors[i]);
    packet->descriptor_count = 0;
}

int memory_file(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int memory_file_open(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC);
}

bool memory_file_seal(int file)
{
    return fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
}
