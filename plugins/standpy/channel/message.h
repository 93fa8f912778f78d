/*
 * What the processes of the engine say to each other. Each message is one packet of a
 * SOCK_SEQPACKET socket: a fixed head, then text whose lengths the head says. All of them have the
 * same program behind them, so heads are C structs as they lie in memory.
 *
 *     control    front <-> zygote    trusted on both sides
 *     channel    front <-> runner    the front believes nothing that comes over it
 *
 * Pure: no I/O; descriptors travel beside a message (descriptors.h). What comes from a runner goes
 * through `message_read`, which has a fuzz driver.
 */
#ifndef STANDPY_MESSAGE_H
#define STANDPY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request_id.h"
#include "slice.h"

/* Control */

enum control_kind {
    CONTROL_HELLO = 1, /* front: who asks from now on. zygote: ready for that front (0: for any) */
    CONTROL_FAILED,    /* zygote, instead of the first hello: why it cannot start is in `text` */
    CONTROL_FORK,      /* front: one more runner */
    CONTROL_BORN,      /* zygote: here it is, its scratch folder is `text`; beside it travel enum
                          born_descriptor */
    CONTROL_GONE,      /* zygote: a runner has ended, `status` says how (waitpid(2)) */
    CONTROL_STOPPED,   /* zygote: a runner was stopped by a signal */
    CONTROL_END,       /* front: a runner has done its work, and is to end */
    CONTROL_REMOVE,    /* front: the scratch folder `text` of a runner of an earlier zygote */
};

/* Who is to blame for CONTROL_FAILED. */
enum control_blame { BLAME_START, BLAME_ENVIRONMENT };

#define CONTROL_TEXT 9000 /* bytes: two paths and a sentence */

/* What a runner's birth brings the front, in this order; the front owns them. */
enum born_descriptor {
    BORN_CHANNEL,
    BORN_PIDFD,
    BORN_STACK, /* memory that the stacks of a stuck script are written to, and see begun_job */
    BORN_OUT,   /* memory that takes what it prints on descriptor 1, and 2 */
    BORN_ERR,
    BORN_RESULT, /* memory for its first large result */
    BORN_DESCRIPTORS,
};

struct control_message {
    uint32_t kind;
    int32_t process;     /* HELLO: of the sender. BORN, END, GONE, STOPPED: of the runner */
    uint64_t generation; /* of the front that this is from or for; 0: of none */
    int32_t status;      /* GONE */
    uint32_t blame;      /* FAILED: enum control_blame */
    uint32_t strangers;  /* GONE: processes that it left and that were ended */
    uint32_t text_length;
    char text[CONTROL_TEXT]; /* only as much of it is sent */
};

#define CONTROL_HEAD offsetof(struct control_message, text)

/* Whether a packet of that length is a control message as it should be. */
bool control_is_whole(const struct control_message *message, size_t length);

/* Channel */

/* Bytes of a body or result that travel in the message itself; larger ones in sealed memory. */
#define MESSAGE_INLINE 65536

#define MESSAGE_CONTENT_TYPE 1024                                    /* bytes of one, at most */
#define MESSAGE_NOTE         16384                                   /* bytes of a note, at most */
#define MESSAGE_CAPACITY     (MESSAGE_INLINE + MESSAGE_NOTE + 4096U) /* bytes of any message */

/* To a runner: run this. With a file, the sealed memory of the body travels beside it. */
struct job {
    uint64_t number; /* random; its result must have the same */
    uint64_t body_length;
    double queue_ms; /* how long the request waited for a worker, as a router says */
    uint32_t answer_form;
    uint32_t content_type_length;
    uint32_t body_in_file;
    uint32_t new_result_file; /* the last descriptor is memory for the next large result */
    uint32_t last;            /* the runner has no other job after this one */
    char request_id[REQUEST_ID_CAPACITY];
    /* then the content type, and the body where it is not in a file */
};

enum message_kind {
    MESSAGE_READY = 1, /* for a job, with what the last one left */
    MESSAGE_RESULT, /* of its job; if `ready`, READY as well: small scripts are cleaned up first */
    MESSAGE_STACK,  /* the stacks of a stuck script are being written, or are there */
};

/*
 * The number of a job stands at the start of BORN_STACK once its runner has begun with it. One that
 * died before has not run the script, and another runner may.
 */
typedef uint64_t begun_job;

#define SCRIPT_DIGEST 64 /* hexadecimal digits of a SHA-256 */

/* What stands there while it runs; behind it a crash writes the stacks. */
struct begun {
    begun_job number;
    char script[SCRIPT_DIGEST]; /* of the script; nulls before it is known */
};

/* Why a runner cannot be used for another script. */
enum unusable {
    USABLE,
    UNUSABLE_AUDIT_HOOK,
    UNUSABLE_MODULES,     /* sys.modules was emptied */
    UNUSABLE_ENGINE,      /* the engine's own Python code failed */
    UNUSABLE_LIMITS,      /* resource limits that cannot be raised again */
    UNUSABLE_PRIORITY,    /* lowered, and cannot be raised again */
    UNUSABLE_USER,        /* another user or group */
    UNUSABLE_DESCRIPTORS, /* standard streams or the channel closed or replaced */
    UNUSABLE_THREADS,     /* threads of Python's go on */
    UNUSABLE_PROCESSES,   /* some were left: a library would take them to run still */
    UNUSABLE_SCRATCH,     /* its scratch folder cannot be emptied or entered */
    UNUSABLE_SCHEDULING,  /* policy or processors */
    UNUSABLE_ATTRIBUTES,  /* others of a process, such as that nothing new can be executed */
    UNUSABLE_RESULT,      /* the memory for its results cannot be written */
    UNUSABLE_LIBRARY,     /* a library's settings that changes.py does not put back */
    UNUSABLE_PATCHED,     /* the script assigned to what it had imported */
    UNUSABLE_NATIVE,      /* threads below Python that do not survive a fork */
    UNUSABLE_KINDS,
};

/* Words for a log line: "<script> changed its process (<words>)". */
const char *unusable_words(enum unusable why);

struct message {
    uint32_t kind; /* enum message_kind */
    uint32_t note_length;
    uint64_t number; /* RESULT: of the job */

    /* RESULT */
    uint64_t content_length;
    uint32_t content_in_file;
    uint32_t status; /* of HTTP */
    uint32_t content_type_length;

    /* READY, or a RESULT with `ready` */
    uint32_t unusable;    /* enum unusable */
    uint32_t keeps_much;  /* more memory than MEMORY_LIMIT lets it keep */
    uint32_t threads;     /* that the script left */
    uint32_t processes;   /* that it left and that were ended */
    uint32_t imported;    /* it has imported modules that were not there */
    uint64_t main_thread; /* pthread_self(3), as stacks name threads */
    uint64_t cache_hits;  /* since the last READY */
    uint64_t cache_misses;

    /* STACK */
    uint32_t complete;
    uint32_t ready; /* RESULT: see enum message_kind */
    /* then the content type, the note, and the content where it is not in a file */
};

/* Where the parts of a message lie; borrowed from its bytes. */
struct message_parts {
    struct slice content_type;
    struct slice note; /* for the log: what the engine's own code said, what was printed too late */
    struct slice content;
};

/*
 * Reads a message that came from a runner: copies its head, which is then the reader's alone, and
 * finds its parts. False where any length, kind or number is not one that a runner may send.
 */
bool message_read(struct slice packet, struct message *message, struct message_parts *parts);

/* Whether a result's file is what was announced: sealed against change, and as long as that. */
bool message_file_fits(const struct message *message, uint64_t file_length, int seals);

#endif
