/*
 * Packets with descriptors beside them (unix(7), SCM_RIGHTS), and sealed memory.
 */
#ifndef STANDPY_DESCRIPTORS_H
#define STANDPY_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define PACKET_DESCRIPTORS 8 /* beside one packet, at most */

struct packet {
    struct iovec *pieces;
    size_t piece_count;
    int descriptors[PACKET_DESCRIPTORS]; /* sent: borrowed. received: the receiver's to close */
    size_t descriptor_count;
};

/* One sendmsg(2); flags as there. False with errno set. */
bool packet_send(int socket, const struct packet *packet, int flags);

/*
 * One recvmsg(2) into the pieces. Bytes that came, 0 at the end, -1 with errno set (also where the
 * packet did not fit, EMSGSIZE). Descriptors are close-on-exec.
 */
ssize_t packet_receive(int socket, struct packet *packet, int flags);

void packet_close_descriptors(struct packet *packet);

/* Memory that can be sealed (memfd_create(2)); -1 with errno set. */
int memory_file(const char *name);

/* Memory that nobody can seal; -1 with errno set. */
int memory_file_open(const char *name);

/* Nobody changes it any more. False where somebody could: it is mapped to be written to. */
bool memory_file_seal(int file);

#endif
