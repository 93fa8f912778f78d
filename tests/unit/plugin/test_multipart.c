#include "test.h"

#include "header_field.h"
#include "multipart.h"

static const char two_parts[] = "--xyz\r\n"
                                "Content-Disposition: form-data; name=\"script\"\r\n"
                                "\r\n"
                                "def rm_main(): pass\r\n"
                                "--xyz  \r\n"
                                "content-disposition: form-data; name=input\r\n"
                                "Content-Type: text/csv\r\n"
                                "\r\n"
                                "a,b\r\n--xy\r\n1,2\r\n"
                                "\r\n--xyz--\r\n";

static struct slice part_body(const struct multipart *multipart, const char *body, size_t index)
{
    const struct multipart_part *part = &multipart->parts[index];
    return (struct slice){body + part->body_at, part->body_length};
}

static struct slice part_head(const struct multipart *multipart, const char *body, size_t index)
{
    const struct multipart_part *part = &multipart->parts[index];
    return (struct slice){body + part->head_at, part->head_length};
}

static void assert_two_parts(const struct multipart *multipart, const char *body)
{
    assert_int_equal(multipart->part_count, 2);
    assert_slice(part_body(multipart, body, 0), "def rm_main(): pass");
    assert_slice(part_body(multipart, body, 1), "a,b\r\n--xy\r\n1,2\r\n");
    struct slice type = header_field(part_head(multipart, body, 1), "CONTENT-TYPE");
    assert_slice(type, "text/csv");
}

static void reads_parts_at_once(void **state)
{
    (void)state;
    struct multipart multipart;
    assert_true(multipart_init(&multipart, slice_of("xyz")));
    assert_int_equal(multipart_feed(&multipart, slice_of(two_parts)), MULTIPART_DONE);
    assert_two_parts(&multipart, two_parts);
    multipart_finish(&multipart);
}

/* Splits the body into two at every byte, and feeds it byte by byte in memory that moves. */
static void reads_parts_however_they_are_split(void **state)
{
    (void)state;
    size_t length = strlen(two_parts);
    for (size_t split = 0; split <= length; split++) {
        struct multipart multipart;
        multipart_init(&multipart, slice_of("xyz"));
        char *first = malloc(split + 1);
        memcpy(first, two_parts, split);
        assert_int_not_equal(multipart_feed(&multipart, (struct slice){first, split}),
                             MULTIPART_ERROR);
        free(first);
        assert_int_equal(multipart_feed(&multipart, slice_of(two_parts)), MULTIPART_DONE);
        assert_two_parts(&multipart, two_parts);
        multipart_finish(&multipart);
    }
}

static void reads_parts_byte_by_byte(void **state)
{
    (void)state;
    struct multipart multipart;
    multipart_init(&multipart, slice_of("xyz"));
    enum multipart_status status = MULTIPART_MORE;
    for (size_t length = 0; length <= strlen(two_parts) && status != MULTIPART_DONE; length++) {
        char *copy = malloc(length + 1);
        memcpy(copy, two_parts, length);
        status = multipart_feed(&multipart, (struct slice){copy, length});
        free(copy);
        assert_int_not_equal(status, MULTIPART_ERROR);
    }
    assert_int_equal(status, MULTIPART_DONE);
    assert_two_parts(&multipart, two_parts);
    multipart_finish(&multipart);
}

static void reads_empty_parts_and_a_preamble(void **state)
{
    (void)state;
    static const char body[] = "preamble\r\n--b\r\nA: 1\r\n\r\n\r\n--b\r\n\r\n\r\n--b--";
    struct multipart multipart;
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, slice_of(body)), MULTIPART_DONE);
    assert_int_equal(multipart.part_count, 2);
    assert_int_equal(multipart.parts[0].body_length, 0);
    assert_int_equal(multipart.parts[1].head_length, 0);
    assert_int_equal(multipart.parts[1].body_length, 0);
    multipart_finish(&multipart);
}

/* An empty body whose delimiter directly follows the head, as some clients write it. */
static void reads_a_part_without_a_line_of_its_own(void **state)
{
    (void)state;
    static const char body[] = "--b\r\nA: 1\r\n\r\n--b--";
    struct multipart multipart;
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, slice_of(body)), MULTIPART_DONE);
    assert_int_equal(multipart.part_count, 1);
    assert_int_equal(multipart.parts[0].body_length, 0);
    multipart_finish(&multipart);
}

static void waits_for_the_closing_boundary(void **state)
{
    (void)state;
    struct multipart multipart;
    multipart_init(&multipart, slice_of("xyz"));
    struct slice cut = {two_parts, strlen(two_parts) - 6};
    assert_int_equal(multipart_feed(&multipart, cut), MULTIPART_MORE);
    multipart_finish(&multipart);
}

static void never_finds_another_boundary(void **state)
{
    (void)state;
    struct multipart multipart;
    multipart_init(&multipart, slice_of("other"));
    assert_int_equal(multipart_feed(&multipart, slice_of(two_parts)), MULTIPART_MORE);
    assert_int_equal(multipart.part_count, 0);
    multipart_finish(&multipart);
}

static void refuses_text_behind_a_boundary(void **state)
{
    (void)state;
    struct multipart multipart;
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, slice_of("--bc\r\n\r\n")), MULTIPART_ERROR);
    assert_non_null(strstr(multipart.error, "end of its line"));
    assert_int_equal(multipart_feed(&multipart, slice_of("--b--")), MULTIPART_ERROR);
    multipart_finish(&multipart);
}

static void refuses_a_head_without_end(void **state)
{
    (void)state;
    static char body[MULTIPART_MAX_HEAD + 100];
    memset(body, 'a', sizeof(body));
    memcpy(body, "--b\r\n", 5);
    struct multipart multipart;
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, (struct slice){body, sizeof(body)}),
                     MULTIPART_ERROR);
    assert_non_null(strstr(multipart.error, "8192"));
    multipart_finish(&multipart);
}

static void refuses_too_many_parts(void **state)
{
    (void)state;
    static const char part[] = "--b\r\n\r\nx\r\n";
    size_t count = MULTIPART_MAX_PARTS + 1, length = sizeof(part) - 1;
    char *body = malloc(count * length);
    for (size_t i = 0; i < count; i++)
        memcpy(body + i * length, part, length);
    struct multipart multipart;
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, (struct slice){body, count * length}),
                     MULTIPART_ERROR);
    assert_non_null(strstr(multipart.error, "1000 inputs"));
    multipart_finish(&multipart);
    free(body);
}

static void refuses_boundaries_of_no_or_too_many_characters(void **state)
{
    (void)state;
    char longest[MULTIPART_MAX_BOUNDARY + 1];
    memset(longest, 'b', sizeof(longest));
    struct multipart multipart;
    assert_false(multipart_init(&multipart, slice_of("")));
    assert_false(multipart_init(&multipart, (struct slice){longest, sizeof(longest)}));
    assert_true(multipart_init(&multipart, (struct slice){longest, sizeof(longest) - 1}));
    multipart_finish(&multipart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_parts_at_once),
        cmocka_unit_test(reads_parts_however_they_are_split),
        cmocka_unit_test(reads_parts_byte_by_byte),
        cmocka_unit_test(reads_empty_parts_and_a_preamble),
        cmocka_unit_test(reads_a_part_without_a_line_of_its_own),
        cmocka_unit_test(waits_for_the_closing_boundary),
        cmocka_unit_test(never_finds_another_boundary),
        cmocka_unit_test(refuses_text_behind_a_boundary),
        cmocka_unit_test(refuses_a_head_without_end),
        cmocka_unit_test(refuses_too_many_parts),
        cmocka_unit_test(refuses_boundaries_of_no_or_too_many_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
