/*
 * A hostile runner: what it sends, in which state, with which file. The front must accept at most
 * one result for a job, nothing that it did not ask for, and no file that can still change; it must
 * never crash. The driver uses the real hearing.c and runner.c on a real socket, without a process.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "hearing.h"
#include "runner.h"
#include "timeouts.h"

#define MAPPED 4096 /* bytes of the result file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    struct runner *runner;
    struct work work;
    int peer; /* the runner's end; -1: closed */
    int result_file;
    void *mapping;                        /* of the result file, for writing; NULL: none */
    unsigned given, results, keeps, ends; /* of jobs, and what came of them */
} world;

static void on_ready(struct runner *runner, const struct message *message, struct slice note)
{
    assert(message->kind == MESSAGE_READY || (message->kind == MESSAGE_RESULT && message->ready) ||
           (message->kind == MESSAGE_HEAD && message->ready && message->end == PAGE_ENDS));
    assert(message->unusable < UNUSABLE_KINDS && note.length <= MESSAGE_NOTE);
    runner_enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
}

static void on_result(struct runner *runner, struct work *work, const struct message *message,
                      const struct message_parts *parts, int file)
{
    assert(work == &world.work && !runner->work);
    assert(message->number == runner->job && message->status >= 200 && message->status < 600);
    assert((file >= 0) == (message->content_length > MESSAGE_INLINE));
    assert(file >= 0 || parts->content.length == message->content_length);
    assert(module_names_are_valid(parts->imports));
    if (file >= 0) {
        const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
        assert((fcntl(file, F_GET_SEALS) & seals) == seals);
        assert(lseek(file, 0, SEEK_END) == (off_t)message->content_length);
        close(file);
    }
    world.results++;
    assert(world.results <= world.given);
    runner_enter(runner, RUNNER_CLEANING, TIMEOUT_NEVER);
}

static void on_keep(struct work *work, const struct keep_list *list, int file)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    off_t length = 0;
    assert(work == &world.work && world.runner->work == work);
    if (file >= 0) {
        assert((fcntl(file, F_GET_SEALS) & seals) == seals);
        length = lseek(file, 0, SEEK_END);
        close(file);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct keep_entry *entry = &list->entries[i];
        uint64_t most = entry->source == KEEP_BODY ? work->body.length : (uint64_t)length;
        assert(entry->form < CONTENT_FORMS && entry->source != KEEP_KNOWN);
        assert(entry->at <= most && entry->length <= most - entry->at);
    }
    world.keeps++;
    assert(world.keeps <= world.given); /* once for each job */
}

static void on_part(struct runner *runner, struct work *work, const struct message *message,
                    const struct message_parts *parts)
{
    bool is_head = message->kind == MESSAGE_HEAD;
    assert(runner->pool == POOL_APPLICATION && runner->state == RUNNER_BUSY);
    assert(work == &world.work && message->number == runner->job && message->end < PAGE_END_KINDS);
    assert(is_head || (message->kind == MESSAGE_PIECE && parts->fields.length == 0));
    assert(!is_head || (message->status >= 200 && message->status < 600));
    assert(parts->content.length <= MESSAGE_INLINE && parts->fields.length <= MESSAGE_FIELDS);
    world.ends += message->end != PAGE_GOES_ON;
    assert(world.ends <= world.given && (runner->work == NULL) == (message->end != PAGE_GOES_ON));
    if (message->end != PAGE_GOES_ON)
        runner_enter(runner, RUNNER_CLEANING, TIMEOUT_NEVER);
}

static void on_log(struct runner *runner, struct slice note)
{
    assert(runner->pool == POOL_APPLICATION && note.length <= MESSAGE_NOTE);
}

static void on_stack(struct runner *runner, bool complete)
{
    assert(runner->state == RUNNER_DUMPING);
    if (!complete)
        runner_enter(runner, RUNNER_DUMPING, TIMEOUT_NEVER);
}

static void on_broken(struct runner *runner, const char *how)
{
    (void)how;
    runner_kill(runner);
}

static void on_died(struct runner *runner)
{
    (void)runner;
}

static const struct runner_user user = {
    .ready = on_ready,
    .result = on_result,
    .keep = on_keep,
    .part = on_part,
    .log = on_log,
    .stack = on_stack,
    .broken = on_broken,
    .died = on_died,
};

static void begin(enum pool pool)
{
    int pair[2], descriptors[BORN_DESCRIPTORS];
    memset(&world, 0, sizeof(world));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    for (int i = 0; i < BORN_DESCRIPTORS; i++)
        descriptors[i] = i == BORN_CHANNEL ? pair[0] : memory_file("fuzz");
    world.peer = pair[1];
    world.result_file = dup(descriptors[BORN_RESULT]);
    world.work.body = (struct body){.data = strdup("body"), .file = -1, .length = 4};
    world.runner = runner_make(pool, getpid(), slice_of("fuzz"), descriptors, &user);
    hearing_begin(world.runner);
}

static void finish(void)
{
    if (world.peer >= 0)
        close(world.peer);
    close(world.result_file);
    if (world.mapping)
        munmap(world.mapping, MAPPED);
    body_free(&world.work.body);
    runner_free(world.runner);
    loop_turn(0, false);
}

/* The runner's end takes what came, including its new result file. */
static void take_job(void)
{
    char bytes[4096];
    struct iovec piece = {bytes, sizeof(bytes)};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    if (packet_receive(world.peer, &packet, MSG_DONTWAIT) <= 0)
        return;
    if (packet.descriptor_count > 0) {
        close(world.result_file);
        world.result_file = packet.descriptors[--packet.descriptor_count];
    }
    packet_close_descriptors(&packet);
}

static void give_job(void)
{
    if (world.runner->state != RUNNER_IDLE || world.peer < 0)
        return;
    if (!runner_give(world.runner, &world.work))
        return;
    world.given++;
    runner_enter(world.runner, RUNNER_BUSY, TIMEOUT_NEVER);
    take_job();
}

static void send_bytes(const void *bytes, size_t length, int descriptor)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, length};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    if (descriptor >= 0)
        packet.descriptors[packet.descriptor_count++] = descriptor;
    if (world.peer >= 0)
        packet_send(world.peer, &packet, MSG_DONTWAIT);
}

/* A message that is nearly right: part of it is as it should be, the input says the rest. */
static void send_nearly_right(const uint8_t **data, size_t *size)
{
    char packet[sizeof(struct message) + 64] = {0};
    struct message message = {.kind = 1 + (*data)[0] % 3, .number = world.runner->job};
    if (message.kind == MESSAGE_RESULT) {
        message.status = 200;
        message.content_type_length = 3;
        message.content_length = (*data)[1] % 50;
        message.imports_length = (*data)[3] % 4;
        if ((*data)[1] & 0x80) {
            message.content_length = MESSAGE_INLINE + 1 + (*data)[1] % 4;
            message.content_in_file = 1;
        }
    }
    memcpy(packet, &message, sizeof(message));
    memcpy(packet + sizeof(message), "a/bx.y", 6);
    size_t content = message.content_in_file ? 0 : (size_t)message.content_length;
    size_t length =
        sizeof(message) + message.content_type_length + message.imports_length + content;
    if ((*data)[2] & 1)
        packet[(*data)[3] % sizeof(message)] ^= (char)(*data)[2];
    send_bytes(packet, length, (*data)[2] & 2 ? world.result_file : -1);
    *data += 4;
    *size -= 4;
}

/* A part of the application's answer, or a line for the log. */
static void send_part(const uint8_t **data, size_t *size)
{
    static const char fields[] = "OK\r\nX: y\r\n";
    const uint8_t *bytes = *data;
    char packet[sizeof(struct message) + sizeof(fields) + 64] = {0};
    struct message message = {.kind = MESSAGE_HEAD + bytes[0] % 3, .end = bytes[1] % 4};
    message.number = world.runner->job + (bytes[1] & 0x80);
    message.status = bytes[0] & 0x80 ? bytes[2] : 200;
    message.ready = (bytes[3] & 6) == 6;
    if (message.kind == MESSAGE_LOG)
        message.note_length = bytes[2] % 64;
    else
        message.content_length = bytes[2] % 64;
    if (message.kind == MESSAGE_HEAD)
        message.fields_length = sizeof(fields) - 1;
    memcpy(packet, &message, sizeof(message));
    memcpy(packet + sizeof(message), fields, message.fields_length);
    if (bytes[3] & 1)
        packet[bytes[3] % sizeof(message)] ^= (char)bytes[3];
    send_bytes(packet,
               sizeof(message) + message.note_length + message.fields_length +
                   (size_t)message.content_length,
               -1);
    *data += 4;
    *size -= 4;
}

/* Asks to keep something, where it lies or elsewhere. */
static void send_keep(const uint8_t **data, size_t *size)
{
    char packet[sizeof(struct message) + 2 * sizeof(struct keep_entry)];
    const uint8_t *bytes = *data;
    struct message message = {.kind = MESSAGE_KEEP, .number = world.runner->job};
    struct keep_entry entries[2] = {{.at = bytes[0], .length = bytes[1], .source = bytes[2] % 4},
                                    {.source = KEEP_FILE, .form = bytes[3] % 6}};
    message.content_length = (1 + (size_t)(bytes[2] >> 7)) * sizeof(*entries);
    message.file_length = bytes[3] & 0x80 ? MESSAGE_INLINE + 1 + bytes[1] % 4 : 0;
    entries[1].length = message.file_length;
    memcpy(packet, &message, sizeof(message));
    memcpy(packet + sizeof(message), entries, sizeof(entries));
    send_bytes(packet, sizeof(message) + (size_t)message.content_length, -1);
    *data += 4;
    *size -= 4;
    for (int i = 0; i < 2; i++)
        loop_turn(0, false);
    take_job(); /* the front's answer, perhaps with other memory */
}

static void change_file(uint8_t how)
{
    if (ftruncate(world.result_file, MESSAGE_INLINE + 1 + how % 4) != 0 || world.mapping)
        return;
    if (how & 0x40) {
        void *mapping =
            mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, world.result_file, 0);
        world.mapping = mapping == MAP_FAILED ? NULL : mapping;
    }
}

static void act(const uint8_t **data, size_t *size)
{
    uint8_t action = **data % 8, argument = (*data)[1];
    *data += 2;
    *size -= 2;
    switch (action) {
    case 0:
        give_job();
        break;
    case 1: {
        size_t length = argument < *size ? argument : *size;
        send_bytes(*data, length, -1);
        *data += length;
        *size -= length;
        break;
    }
    case 2:
        if (world.runner->state == RUNNER_BUSY)
            runner_enter(world.runner, RUNNER_DUMPING, TIMEOUT_NEVER);
        break;
    case 3:
        change_file(argument);
        break;
    case 4:
        if (argument < 0x80 && *size >= 4) {
            send_keep(data, size);
        } else if (argument == 0xff && world.peer >= 0) {
            close(world.peer);
            world.peer = -1;
        }
        break;
    case 5:
        if (*size >= 4)
            send_part(data, size);
        break;
    default:
        if (*size >= 4)
            send_nearly_right(data, size);
        break;
    }
    for (int i = 0; i < 4; i++)
        loop_turn(0, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        ready = loop_create();
    bool is_page = size > 0 && data[0] == 0xff; /* the rest is for a runner of the application */
    data += is_page;
    size -= is_page;
    begin(is_page ? POOL_APPLICATION : POOL_SCRIPTS);
    while (size >= 2)
        act(&data, &size);
    finish();
    return 0;
}
