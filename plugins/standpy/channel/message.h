/*
 * What the processes of the engine say to each other. Each message is one packet of a
 * SOCK_SEQPACKET socket: a fixed head, then text whose lengths the head gives. One build makes all
 * these processes, so a head is a C struct as it lies in memory.
 *
 *     control    front <-> zygote    trusted on both sides
 *     channel    front <-> runner    the front believes nothing that comes over it
 *
 * Pure: no I/O; descriptors travel beside a message (descriptors.h). `message_read`, which has a
 * fuzz driver, reads everything that comes from a runner.
 */
#ifndef STANDPY_MESSAGE_H
#define STANDPY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_names.h"
#include "module_names.h"
#include "request_id.h"
#include "slice.h"

/* What runs: scripts, or requests of the WSGI application. Each has runners and a queue of its own,
 * so neither waits for the other. */
enum pool { POOL_SCRIPTS, POOL_APPLICATION };
#define POOLS (POOL_APPLICATION + 1)

/* Control */

enum control_kind {
    CONTROL_HELLO = 1, /* front: who asks from now on. zygote: ready for that front (0: for any);
                          `text` names what it has imported: PRELOAD's modules, ';', learned ones */
    CONTROL_FAILED,    /* zygote, instead of the first hello: `text` says why it cannot start */
    CONTROL_FORK,      /* front: wants one more runner */
    CONTROL_BORN,      /* zygote: here it is. `text` is its scratch folder, and the descriptors of
                          enum born_descriptor travel beside */
    CONTROL_GONE,      /* zygote: a runner has ended; `status` says how (waitpid(2)) */
    CONTROL_STOPPED,   /* zygote: a signal stopped a runner */
    CONTROL_END,       /* front: a runner has done its work, and is to end */
    CONTROL_REMOVE,    /* front: remove the scratch folder `text`, of an earlier zygote's runner */
    CONTROL_TRY,       /* front: try whether the module `text` can be imported in advance */
    CONTROL_TRIED,     /* zygote: `text` is the module; if it failed, a second line says why */
    CONTROL_SUCCESSOR, /* master, to the front: another zygote is ready to take over */
    CONTROL_RETIRE,    /* front: the zygote is to end; its runners go on */
    CONTROL_APPLICATION, /* zygote: what has become of the application; `status` says what, `text`
                            why it cannot be loaded */
};

/* What a CONTROL_APPLICATION says. */
enum application_state {
    APPLICATION_GONE, /* the process that had it is gone; another one will load it */
    APPLICATION_READY,
    APPLICATION_FAILED,
};

/* The result in CONTROL_TRIED. TRIAL_LOST: none of the module's code has run. */
enum trial_result { TRIAL_PASSED, TRIAL_FAILED, TRIAL_LOST };

/* Who is to blame for CONTROL_FAILED. */
enum control_blame { BLAME_START, BLAME_ENVIRONMENT };

#define CONTROL_TEXT 9000 /* bytes: two paths and a sentence */

/* The descriptors that come with a runner's birth, in this order; the front owns them. */
enum born_descriptor {
    BORN_CHANNEL,
    BORN_PIDFD,
    BORN_STACK, /* memory for the stacks of a stuck script, and for struct begun */
    BORN_OUT,   /* memory that takes what it prints on descriptor 1; BORN_ERR: on 2 */
    BORN_ERR,
    BORN_RESULT, /* memory for its first large result */
    BORN_DESCRIPTORS,
};

struct control_message {
    uint32_t kind;
    int32_t process;     /* HELLO: of the sender. BORN, END, GONE, STOPPED: of the runner */
    uint64_t generation; /* of the front that sends or gets this; 0: of none */
    int32_t status;      /* GONE. TRIED: enum trial_result. APPLICATION: enum application_state */
    uint32_t pool;       /* FORK, BORN, and GONE of process 0: enum pool */
    uint32_t blame;      /* FAILED: enum control_blame */
    uint32_t strangers;  /* GONE: processes that it left; the zygote has ended them */
    uint32_t text_length;
    char text[CONTROL_TEXT]; /* only text_length bytes are sent */
};

#define CONTROL_HEAD offsetof(struct control_message, text)

/* Says whether a packet of that length is a well-formed control message. */
bool control_is_whole(const struct control_message *message, size_t length);

/* Channel */

/* Bytes of a body or result that travel in the message itself; more travel in sealed memory. */
#define MESSAGE_INLINE 65536

#define MESSAGE_CONTENT_TYPE 1024  /* bytes of one, at most */
#define MESSAGE_NOTE         16384 /* bytes of a note, at most */
#define MESSAGE_FIELDS       65536 /* bytes of all fields of a head, at most */
#define MESSAGE_CAPACITY                                                                           \
    (MESSAGE_INLINE + MESSAGE_FIELDS + MESSAGE_NOTE + 4096U) /* bytes of any message */

/*
 * Tells a runner to run a script. Beside it travel the body's sealed memory, if body_in_file, then
 * that of each content that the request names.
 */
struct job {
    uint64_t number; /* random; the job's result must have it too */
    uint64_t body_length;
    double queue_ms; /* how long the request waited for a worker, in the router and here */
    uint32_t answer_form;
    uint32_t content_type_length;
    uint32_t body_in_file;
    uint32_t new_result_file;  /* the last descriptor is memory for the next large result */
    uint32_t last;             /* the runner gets no other job after this one */
    uint32_t content_count;    /* at most CONTENTS_MOST */
    uint32_t variables_length; /* POOL_APPLICATION: bytes of what the request says */
    uint32_t is_trusted;       /* likewise: X-Forwarded-… can be believed */
    uint64_t keep_limit;       /* bytes of a content that the front may keep; 0: it keeps none */
    char request_id[REQUEST_ID_CAPACITY];
    /*
     * then the contents (struct job_content), the content type, the variables, and the body if it
     * is not in a file
     */
};

struct job_content {
    uint64_t length;
    content_forms forms;
    char digest[CONTENT_DIGEST];
};

/*
 * The answer to a MESSAGE_KEEP. If the front has taken the memory for results by that, other memory
 * travels beside it.
 */
struct keeps {
    uint64_t number; /* of the job */
};

/* In front of each name and each value of a variable. */
typedef uint32_t variable_length;

enum message_kind {
    MESSAGE_READY = 1, /* for a job; says what the last one left */
    MESSAGE_RESULT, /* of its job. With `ready` READY as well: it cleans up small scripts first */
    MESSAGE_STACK,  /* begins to write the stacks of a stuck script, or has written them */
    MESSAGE_KEEP,   /* before a script runs: which of its inputs the front shall keep */
    MESSAGE_HEAD,   /* of the application's answer, with the first bytes of its body */
    MESSAGE_PIECE,  /* of that answer's body */
    MESSAGE_LOG,    /* `note` is for the log, now */
};

/* Where the bytes lie that the front shall keep. */
enum keep_source {
    KEEP_BODY,  /* in the body of the job */
    KEEP_FILE,  /* in the memory for results, which the front takes away by that */
    KEEP_KNOWN, /* they are kept: `at` is a place among the contents of the job */
    KEEP_SOURCES,
};

struct keep_entry {
    uint64_t at, length; /* bytes */
    uint32_t source;     /* enum keep_source */
    uint32_t form;       /* enum content_form */
};

struct keep_list {
    size_t count;
    struct keep_entry entries[CONTENTS_MOST];
};

/*
 * A runner that begins a job writes the job's number at the start of BORN_STACK. If a runner dies
 * before that, it has not run the script, and another runner may.
 */
typedef uint64_t begun_job;

#define SCRIPT_DIGEST 64 /* hexadecimal digits of a SHA-256 */

/* What stands there while the job runs. A crash writes the stacks after it. */
struct begun {
    begun_job number;
    /* Of the script; nulls before it is known. Then the runner needs no body from the front any
     * more: it has mapped it, and the front knows what to keep of it. */
    char script[SCRIPT_DIGEST];
};

/* Whether an answer ends with a message. */
enum page_end {
    PAGE_GOES_ON,
    PAGE_ENDS,
    PAGE_BREAKS, /* the application failed: the client must not take it for whole */
    PAGE_END_KINDS,
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
    UNUSABLE_THREADS,     /* Python threads go on */
    UNUSABLE_PROCESSES,   /* it left some, and a library believes that they still run */
    UNUSABLE_SCRATCH,     /* its scratch folder cannot be emptied or entered */
    UNUSABLE_SCHEDULING,  /* policy or processors */
    UNUSABLE_ATTRIBUTES,  /* other attributes of a process, such as PR_SET_MDWE */
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
    uint64_t number; /* RESULT, KEEP: of the job */

    /* RESULT; KEEP, whose content is an array of struct keep_entry */
    uint64_t content_length;
    uint32_t content_in_file;
    uint32_t status; /* of HTTP */
    uint32_t content_type_length;

    /* HEAD */
    uint32_t fields_length; /* as page_fields_read takes them */

    /* HEAD, PIECE */
    uint32_t end; /* enum page_end */

    /* READY, or a RESULT with `ready`; `processes` also in a RESULT that is the last */
    uint32_t unusable;    /* enum unusable */
    uint32_t keeps_much;  /* more memory than MEMORY_LIMIT lets it keep */
    uint32_t threads;     /* that the script left */
    uint32_t processes;   /* that it left; the runner has ended them */
    uint32_t imported;    /* it has imported modules that were not loaded before */
    uint64_t main_thread; /* pthread_self(3), as stacks name threads */
    uint64_t cache_hits;  /* since the last READY */
    uint64_t cache_misses;

    /* STACK */
    uint32_t complete;
    uint32_t ready; /* RESULT, and HEAD that ends the answer: see enum message_kind */

    union {
        uint64_t script;      /* RESULT: identifies the script, see digest.h; 0: unknown */
        uint64_t file_length; /* KEEP: of the memory for results; 0: no entry lies there */
    };
    uint64_t imports_length; /* RESULT: what the runner learned about the script */
    /* then the content type, the note, the imports, the fields, and the content if it is not in a
     * file */
};

/* Where the parts of a message lie; borrowed from its bytes. */
struct message_parts {
    struct slice content_type;
    struct slice note;    /* for the log: of the engine's own code, or printed too late */
    struct slice imports; /* a valid list: modules of packages that the script used */
    struct slice fields;
    struct slice content;
};

/*
 * Reads a message from a runner: copies its head, so that nobody else can change it, and finds its
 * parts. False if a runner may not send one of its lengths, kinds or numbers.
 */
bool message_read(struct slice packet, struct message *message, struct message_parts *parts);

/* What the entries of a MESSAGE_KEEP must lie within. */
struct keep_bounds {
    uint64_t body, file; /* bytes */
    size_t known;
};

/* Reads the content of a MESSAGE_KEEP. False if an entry lies elsewhere. */
bool message_keep_list(struct slice content, const struct keep_bounds *bounds,
                       struct keep_list *list);

/* Says whether a runner's file is as its message announced: sealed against change, and as long. */
bool message_file_fits(uint64_t announced, uint64_t file_length, int seals);

#endif
