/*
 * Packets with descriptors beside them (unix(7), SCM_RIGHTS), and sealed memory.
 */
#ifndef STANDPY_DESCRIPTORS_H
#define STANDPY_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define PACKET_DESCRIPTORS 40 /* at most, beside one packet */

struct packet {
    struct iovec *pieces;
    size_t piece_count;
    int descriptors[PACKET_DESCRIPTORS]; /* sent: borrowed. received: the receiver closes them */
    size_t descriptor_count;
};

/* Calls sendmsg(2) once, with its flags. False with errno set. */
bool packet_send(int socket, const struct packet *packet, int flags);

/*
 * Calls recvmsg(2) once, into the pieces. Returns the bytes that came, 0 at the end, or -1 with
 * errno set: EMSGSIZE if the packet did not fit. Descriptors are close-on-exec.
 */
ssize_t packet_receive(int socket, struct packet *packet, int flags);

void packet_close_descriptors(struct packet *packet);

/* Memory that can be sealed (memfd_create(2)); -1 with errno set. */
int memory_file(const char *name);

/* Memory that nobody can seal; -1 with errno set. */
int memory_file_open(const char *name);

/* Nobody can change it afterwards. False if somebody still could: it is mapped for writing. */
bool memory_file_seal(int file);

#endif
