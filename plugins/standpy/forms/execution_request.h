/*
 * What POST /execute asks for, whichever of the three request forms it came in
 * (docs/protocol.md): the script, the inputs in the order of rm_main's arguments, the options.
 */
#ifndef STANDPY_EXECUTION_REQUEST_H
#define STANDPY_EXECUTION_REQUEST_H

#include <jansson.h>

#include "accept.h"
#include "content_names.h"
#include "problem.h"
#include "slice.h"

#define MAX_INPUTS      1000
#define MAX_SCRIPT_SIZE (4U << 20) /* bytes; compiling 50 MB of Python takes minutes */
#define DETAIL_CAPACITY 512

enum input_type {
    INPUT_VALUE,      /* a JSON value, as Python has it */
    INPUT_TABLE,      /* a pandas DataFrame */
    INPUT_FILE,       /* a text file object with a name */
    INPUT_OBJECT,     /* an unpickled object */
    INPUT_COLLECTION, /* a list or dict of inputs, JSON text */
};

enum table_format {
    TABLE_ARROW,
    TABLE_CSV,
    TABLE_JSON, /* dataresource: pandas orient="table" */
    TABLE_DEFAULT,
};

/* A content that the engine keeps, and that the head of the request names. */
struct known_content {
    char digest[CONTENT_DIGEST];
    content_forms forms;
    enum table_format table_format; /* if it was kept as a table; else TABLE_DEFAULT */
    uint64_t length;
    int file;      /* borrowed; sealed memory with its bytes */
    bool is_named; /* by an input */
};

struct input {
    enum input_type type;
    enum table_format table_format; /* of a table */
    bool base64;                    /* content is base64 text */
    struct slice content;           /* borrowed; unused for a value */
    struct slice metadata;          /* borrowed JSON text for CSV; data NULL if there is none */
    json_t *value;                  /* borrowed; of a value */
    const struct known_content *reference; /* borrowed; has its content; NULL: `content` has it */
};

struct execution_request {
    struct slice script;  /* borrowed; not yet known to be UTF-8 */
    struct input *inputs; /* owned */
    size_t input_count;
    json_t *macros; /* borrowed object; NULL if the option is absent */
    enum table_format table_format;
    enum answer_form answer_form;   /* by the Accept field */
    struct known_content *contents; /* borrowed; those that its head names */
    size_t content_count;
    json_t *keep_option;        /* borrowed; NULL if the option is absent */
    size_t keep[CONTENTS_MOST]; /* places of inputs to keep, once keep_check has read it */
    size_t keep_count;

    json_t *documents; /* owned JSON array; holds the borrowed values and strings */
};

/* Why a request cannot be understood. */
struct decode_error {
    enum problem_kind kind;
    char detail[DETAIL_CAPACITY];
    bool exhausted; /* memory ran out, so not the client is to blame; job_answer.c adds the limit */
};

void execution_request_init(struct execution_request *request);
void execution_request_finish(struct execution_request *request);

/* The three forms. False with error set. They borrow from body, which must outlive the request. */
bool decode_json_request(struct execution_request *request, struct slice body,
                         struct decode_error *error);
struct multipart;
bool decode_multipart_request(struct execution_request *request, struct slice body,
                              const struct multipart *multipart, struct decode_error *error);
bool decode_script_request(struct execution_request *request, struct slice body,
                           struct decode_error *error);

/* The forms share these. */
bool request_add_input(struct execution_request *request, struct input input,
                       struct decode_error *error);
bool request_set_script(struct execution_request *request, struct slice script,
                        struct decode_error *error);
bool request_set_options(struct execution_request *request, json_t *options,
                         struct decode_error *error);

/*
 * Parses JSON text, and keeps the document as long as the request lives. NULL if the text is not
 * JSON; error then begins with `where`.
 */
json_t *request_parse_json(struct execution_request *request, struct slice text, const char *where,
                           struct decode_error *error);

/* Sets error for an allocation that failed, and returns false. */
bool refuse_exhausted(struct decode_error *error);

/* Sets error and returns false, so that callers can `return refuse(...)`. */
__attribute__((format(printf, 3, 4))) bool refuse(struct decode_error *error,
                                                  enum problem_kind kind, const char *format, ...);

#endif
