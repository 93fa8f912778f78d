#include "keeping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contents.h"
#include "descriptors.h"
#include "sha256.h"

#define PIECE (256U << 10) /* bytes in one turn of the loop: some 200 us */

/* Of an input. Its digest comes first: one that is kept already needs no copy. */
enum keeping_step { KEEPING_DIGEST, KEEPING_COPY };

struct keeping {
    struct work *work;
    void (*finished)(struct work *work);
    struct keep_list list;
    struct body body; /* the request's, if that is in a file: what it holds counts as long */
    struct body file; /* of the inputs that are not in it */
    size_t place;
    /* Of the input at that place: */
    enum keeping_step step;
    uint64_t done; /* bytes of it in this step */
    struct sha256 sha256;
    char digest[CONTENT_DIGEST];
    int copy; /* -1: none; there is room reserved for it */

    struct content_names names;
    struct keeping *next; /* of those that are not done */
};

static struct {
    struct keeping *first, **end;
} left = {NULL, &left.first};

static void leave(struct keeping *keeping)
{
    struct keeping **at = &left.first;
    while (*at && *at != keeping)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = keeping->next;
    keeping->next = NULL;
    if (!*at)
        left.end = at;
}

static void line_up(struct keeping *keeping)
{
    *left.end = keeping;
    left.end = &keeping->next;
}

bool keeping_is_done(const struct keeping *keeping)
{
    return keeping->place == keeping->list.count;
}

const struct content_names *keeping_names(const struct keeping *keeping)
{
    return &keeping->names;
}

/* One input */

static const struct keep_entry *entry_of(const struct keeping *keeping)
{
    return &keeping->list.entries[keeping->place];
}

static void begin_input(struct keeping *keeping)
{
    keeping->step = KEEPING_DIGEST;
    keeping->done = 0;
    sha256_begin(&keeping->sha256);
}

static void end_input(struct keeping *keeping, const struct content *content)
{
    struct slice wrong;
    if (content)
        content_names_add(&keeping->names, (struct slice){content->digest, CONTENT_DIGEST}, &wrong);
    keeping->place++;
    begin_input(keeping);
}

static void drop_copy(struct keeping *keeping)
{
    if (keeping->copy < 0)
        return;
    close(keeping->copy);
    keeping->copy = -1;
    contents_release(entry_of(keeping)->length);
}

/* The next piece of its bytes. False if they cannot be read. */
static bool read_piece(const struct keeping *keeping, struct slice *piece)
{
    static char buffer[PIECE];
    const struct keep_entry *entry = entry_of(keeping);
    const char *data = keeping->work->body.data;
    uint64_t rest = entry->length - keeping->done, at = entry->at + keeping->done;
    *piece = (struct slice){buffer, rest < PIECE ? (size_t)rest : PIECE};
    if (entry->source == KEEP_BODY && keeping->body.file < 0 && data) {
        piece->data = data + at;
        return true;
    }
    int file = entry->source == KEEP_BODY ? keeping->body.file : keeping->file.file;
    for (size_t got = 0; got < piece->length;) {
        ssize_t some = pread(file, buffer + got, piece->length - got, (off_t)(at + got));
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        got += (size_t)some;
    }
    return true;
}

static bool write_piece(int file, struct slice piece)
{
    while (piece.length > 0) {
        ssize_t written = write(file, piece.data, piece.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        piece = (struct slice){piece.data + written, piece.length - (size_t)written};
    }
    return true;
}

/* Its digest is known. */
static void choose_copy(struct keeping *keeping)
{
    const struct keep_entry *entry = entry_of(keeping);
    sha256_end(&keeping->sha256, keeping->digest);
    struct content *content = contents_find(keeping->digest);
    if (content)
        content->forms |= 1U << entry->form;
    if (content || !contents_reserve(entry->length)) {
        end_input(keeping, content);
        return;
    }
    keeping->step = KEEPING_COPY;
    keeping->done = 0;
    keeping->copy = memory_file("content");
    if (keeping->copy >= 0)
        return;
    contents_release(entry->length);
    end_input(keeping, NULL);
}

/* Its copy is whole. */
static void add_copy(struct keeping *keeping)
{
    const struct keep_entry *entry = entry_of(keeping);
    if (!memory_file_seal(keeping->copy)) {
        drop_copy(keeping);
        end_input(keeping, NULL);
        return;
    }
    const struct content *content =
        contents_add(keeping->digest, (enum content_form)entry->form, keeping->copy, entry->length);
    keeping->copy = -1;
    end_input(keeping, content);
}

/* Does some of it; returns how many bytes. */
static size_t take_piece(struct keeping *keeping)
{
    const struct keep_entry *entry = entry_of(keeping);
    struct slice piece = {NULL, 0};
    if (entry->source == KEEP_KNOWN) {
        end_input(keeping, keeping->work->contents[entry->at]);
        return 0;
    }
    if (!read_piece(keeping, &piece) ||
        (keeping->step == KEEPING_COPY && !write_piece(keeping->copy, piece))) {
        drop_copy(keeping);
        end_input(keeping, NULL);
        return 0;
    }
    if (keeping->step == KEEPING_DIGEST)
        sha256_add(&keeping->sha256, piece);
    keeping->done += piece.length;
    if (keeping->done == entry->length) {
        if (keeping->step == KEEPING_DIGEST)
            choose_copy(keeping);
        else
            add_copy(keeping);
    }
    return piece.length;
}

static void go_on(struct keeping *keeping)
{
    size_t bytes = 0;
    while (bytes < PIECE && !keeping_is_done(keeping))
        bytes += take_piece(keeping);
}

/* All */

/* The front drops a large body once the script runs. */
static int share(int file)
{
    return file >= 0 ? fcntl(file, F_DUPFD_CLOEXEC, 0) : -1;
}

/* Where the last of the inputs in the file ends. */
static uint64_t file_length_of(const struct keep_list *list)
{
    uint64_t length = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct keep_entry *entry = &list->entries[i];
        if (entry->source == KEEP_FILE && entry->at + entry->length > length)
            length = entry->at + entry->length;
    }
    return length;
}

struct keeping *keeping_begin(struct work *work, const struct keep_list *list, int file,
                              void (*finished)(struct work *work))
{
    struct keeping *keeping = calloc(1, sizeof(*keeping));
    if (!keeping) {
        if (file >= 0)
            close(file);
        return NULL;
    }
    keeping->work = work;
    keeping->finished = finished;
    keeping->list = *list;
    keeping->file = body_of_file(file, file_length_of(list));
    keeping->body = body_of_file(share(work->body.file), work->body.length);
    keeping->copy = -1;
    begin_input(keeping);
    go_on(keeping);
    if (!keeping_is_done(keeping))
        line_up(keeping);
    return keeping;
}

void keeping_drop(struct keeping *keeping)
{
    if (!keeping)
        return;
    leave(keeping);
    drop_copy(keeping);
    body_free(&keeping->file);
    body_free(&keeping->body);
    free(keeping);
}

bool keepings_are_left(void)
{
    return left.first != NULL;
}

void keepings_go_on(void)
{
    struct keeping *keeping = left.first;
    if (!keeping)
        return;
    leave(keeping);
    go_on(keeping);
    if (keeping_is_done(keeping))
        keeping->finished(keeping->work);
    else
        line_up(keeping);
}
