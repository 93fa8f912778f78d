/* channel/message.c: what may come over a runner's channel. */
#include "test.h"

#include <fcntl.h>

#include "message.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static struct message result_of(const char *type, size_t content)
{
    return (struct message){
        .kind = MESSAGE_RESULT,
        .number = 7,
        .status = 200,
        .content_type_length = (uint32_t)strlen(type),
        .content_length = content,
    };
}

/* Makes the packet of a message with that content type, note and content. */
static struct slice packet_of(const struct message *message, const char *type, const char *note,
                              const char *content)
{
    static char packet[4096];
    memcpy(packet, message, sizeof(*message));
    char *at = packet + sizeof(*message);
    at = stpcpy(at, type);
    at = stpcpy(at, note);
    at = stpcpy(at, content);
    return (struct slice){packet, (size_t)(at - packet)};
}

static bool reads(struct message message, const char *type, const char *content)
{
    struct message read;
    struct message_parts parts;
    return message_read(packet_of(&message, type, "", content), &read, &parts);
}

static void a_result_is_taken_apart(void **state)
{
    (void)state;
    struct message message = result_of("text/csv", 3), read;
    message.note_length = 4;
    struct message_parts parts;
    assert_true(message_read(packet_of(&message, "text/csv", "note", "a,b"), &read, &parts));
    assert_true(slice_equals(parts.content_type, "text/csv"));
    assert_true(slice_equals(parts.note, "note"));
    assert_true(slice_equals(parts.content, "a,b"));
    assert_int_equal(read.number, 7);
}

static void lengths_that_do_not_add_up_are_refused(void **state)
{
    (void)state;
    struct message read;
    struct message_parts parts;
    assert_true(reads(result_of("a/b", 2), "a/b", "xy"));
    assert_false(reads(result_of("a/b", 3), "a/b", "xy"));
    assert_false(reads(result_of("a/b", 1), "a/b", "xy"));
    assert_false(reads(result_of("a/b", MESSAGE_INLINE + 1), "a/b", "xy"));
    assert_false(reads(result_of("a/b", SIZE_MAX), "a/b", "xy"));
    struct message message = result_of("a/b", 0);
    struct slice packet = packet_of(&message, "a/b", "", "");
    packet.length = sizeof(message) - 1;
    assert_false(message_read(packet, &read, &parts));
}

static void a_small_result_in_a_file_is_refused(void **state)
{
    (void)state;
    struct message message = result_of("a/b", 2);
    message.content_in_file = 1;
    assert_false(reads(message, "a/b", ""));
    message.content_length = MESSAGE_INLINE + 1;
    assert_true(reads(message, "a/b", ""));
}

static void a_content_type_never_ends_its_line(void **state)
{
    (void)state;
    assert_false(reads(result_of("a\r\nX: y", 0), "a\r\nX: y", ""));
    assert_false(reads(result_of("a\n", 0), "a\n", ""));
    assert_false(reads(result_of("\x7f", 0), "\x7f", ""));
    assert_false(reads(result_of("", 0), "", ""));
}

static void only_statuses_of_answers_are_taken(void **state)
{
    (void)state;
    for (uint32_t status = 0; status < 1000; status += 99) {
        struct message message = result_of("a/b", 0);
        message.status = status;
        assert_int_equal(reads(message, "a/b", ""), status >= 200 && status < 600);
    }
}

static void only_names_are_taken_for_imports(void **state)
{
    (void)state;
    struct message read, message = result_of("a/b", 2);
    struct message_parts parts;
    message.imports_length = 3;
    assert_true(message_read(packet_of(&message, "a/b", "x.y", "ok"), &read, &parts));
    assert_true(slice_equals(parts.imports, "x.y"));
    assert_true(slice_equals(parts.content, "ok"));
    assert_false(message_read(packet_of(&message, "a/b", "x/y", "ok"), &read, &parts));
    assert_false(message_read(packet_of(&message, "a/b", "x", "ok"), &read, &parts));
    message.imports_length = MODULE_NAMES_TEXT + 1;
    assert_false(message_read(packet_of(&message, "a/b", "x", "ok"), &read, &parts));
    message = (struct message){.kind = MESSAGE_READY, .imports_length = 1};
    assert_false(message_read(packet_of(&message, "", "x", ""), &read, &parts));
}

static void kinds_and_reasons_that_are_none_are_refused(void **state)
{
    (void)state;
    struct message message = {.kind = MESSAGE_READY};
    assert_true(reads(message, "", ""));
    message.unusable = UNUSABLE_KINDS;
    assert_false(reads(message, "", ""));
    message = (struct message){.kind = 0};
    assert_false(reads(message, "", ""));
    message = (struct message){.kind = MESSAGE_STACK, .content_length = 1};
    assert_false(reads(message, "", "x"));
}

static void inputs_to_keep_lie_where_the_front_can_see_them(void **state)
{
    (void)state;
    const struct keep_bounds bounds = {.body = 10, .file = 5, .known = 2};
    static const struct {
        struct keep_entry entry;
        bool is_fine;
    } cases[] = {
        {{0, 10, KEEP_BODY, CONTENT_FILE}, true},
        {{10, 0, KEEP_BODY, CONTENT_CSV}, true},
        {{1, 10, KEEP_BODY, CONTENT_FILE}, false},
        {{11, 0, KEEP_BODY, CONTENT_FILE}, false},
        {{UINT64_MAX, 2, KEEP_BODY, CONTENT_FILE}, false},
        {{2, UINT64_MAX, KEEP_BODY, CONTENT_FILE}, false},
        {{0, 5, KEEP_FILE, CONTENT_ARROW}, true},
        {{0, 6, KEEP_FILE, CONTENT_ARROW}, false},
        {{1, 999, KEEP_KNOWN, CONTENT_PICKLE}, true},
        {{2, 0, KEEP_KNOWN, CONTENT_PICKLE}, false},
        {{0, 0, KEEP_SOURCES, CONTENT_FILE}, false},
        {{0, 0, KEEP_BODY, CONTENT_FORMS}, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct keep_list list;
        const struct slice content = {(const char *)&cases[i].entry, sizeof(cases[i].entry)};
        if (message_keep_list(content, &bounds, &list) != cases[i].is_fine)
            fail_msg("case %zu", i);
    }
}

static void a_list_to_keep_has_whole_entries_and_not_too_many(void **state)
{
    (void)state;
    static char bytes[sizeof(struct message) + (CONTENTS_MOST + 1) * sizeof(struct keep_entry)];
    struct message message = {.kind = MESSAGE_KEEP}, read;
    struct message_parts parts;
    for (size_t length = 0; length <= sizeof(bytes) - sizeof(message); length++) {
        bool is_fine = length > 0 && length % sizeof(struct keep_entry) == 0 &&
                       length <= CONTENTS_MOST * sizeof(struct keep_entry);
        message.content_length = length;
        memcpy(bytes, &message, sizeof(message));
        assert_int_equal(
            message_read((struct slice){bytes, sizeof(message) + length}, &read, &parts), is_fine);
    }
    message.content_length = sizeof(struct keep_entry);
    message.content_in_file = 1;
    memcpy(bytes, &message, sizeof(message));
    assert_false(message_read((struct slice){bytes, sizeof(message)}, &read, &parts));
}

static bool reads_part(struct message message, const char *fields, const char *content)
{
    struct message read;
    struct message_parts parts;
    message.fields_length = (uint32_t)strlen(fields);
    message.content_length = strlen(content);
    return message_read(packet_of(&message, "", fields, content), &read, &parts) &&
           slice_equals(parts.fields, fields) && slice_equals(parts.content, content);
}

static void an_answer_may_come_in_parts(void **state)
{
    (void)state;
    const struct message head = {.kind = MESSAGE_HEAD, .status = 200},
                         piece = {.kind = MESSAGE_PIECE};
    struct message bad = head;
    assert_true(reads_part(head, "OK\r\n", "content"));
    assert_true(reads_part(piece, "", "content"));
    assert_false(reads_part(piece, "OK\r\n", "content"));
    bad.status = 100;
    assert_false(reads_part(bad, "OK\r\n", ""));
    bad = head;
    bad.end = PAGE_END_KINDS;
    assert_false(reads_part(bad, "OK\r\n", ""));
    bad = head;
    bad.ready = 1; /* the answer goes on */
    assert_false(reads_part(bad, "OK\r\n", ""));
    bad.end = PAGE_ENDS;
    assert_true(reads_part(bad, "OK\r\n", ""));
    bad.unusable = UNUSABLE_KINDS;
    assert_false(reads_part(bad, "OK\r\n", ""));
}

static void a_piece_may_lie_in_a_slot(void **state)
{
    (void)state;
    struct message piece = {
        .kind = MESSAGE_PIECE, .content_in_file = 1, .content_length = MESSAGE_INLINE};
    struct message read;
    struct message_parts parts;
    assert_true(message_read(packet_of(&piece, "", "", ""), &read, &parts));
    assert_int_equal(parts.content.length, 0);
    assert_false(message_read(packet_of(&piece, "", "", "x"), &read, &parts));
    piece.content_length++;
    assert_false(message_read(packet_of(&piece, "", "", ""), &read, &parts));
}

static void a_file_has_to_be_sealed_and_as_long_as_announced(void **state)
{
    (void)state;
    assert_true(message_file_fits(100000, 100000, SEALS));
    assert_false(message_file_fits(100000, 99999, SEALS));
    assert_false(message_file_fits(100000, 100001, SEALS));
    assert_false(message_file_fits(100000, 100000, SEALS & ~F_SEAL_WRITE));
    assert_false(message_file_fits(100000, 100000, SEALS & ~F_SEAL_SHRINK));
    assert_false(message_file_fits(100000, 100000, 0));
    assert_false(message_file_fits(100000, 100000, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_taken_apart),
        cmocka_unit_test(lengths_that_do_not_add_up_are_refused),
        cmocka_unit_test(a_small_result_in_a_file_is_refused),
        cmocka_unit_test(a_content_type_never_ends_its_line),
        cmocka_unit_test(only_statuses_of_answers_are_taken),
        cmocka_unit_test(only_names_are_taken_for_imports),
        cmocka_unit_test(kinds_and_reasons_that_are_none_are_refused),
        cmocka_unit_test(inputs_to_keep_lie_where_the_front_can_see_them),
        cmocka_unit_test(a_list_to_keep_has_whole_entries_and_not_too_many),
        cmocka_unit_test(an_answer_may_come_in_parts),
        cmocka_unit_test(a_piece_may_lie_in_a_slot),
        cmocka_unit_test(a_file_has_to_be_sealed_and_as_long_as_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
