#include "test.h"

#include "framing.h"

static void a_request_ends_at_one_place_or_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *fields[3][2], *method, *error; /* error NULL: the head is fine */
        int64_t length;
    } cases[] = {
        {{{"Host", "r"}, {"content-length", "5"}}, "POST", NULL, 5},
        {{{"Host", "r"}, {"Transfer-Encoding", "Chunked"}}, "POST", NULL, 0},
        {{{"Host", "r"}, {"X", "a\tb \xff"}}, "GET", NULL, 0},
        {{{"X", "y"}}, "GET", "no Host", 0},
        {{{"Host", "r"}, {"host", "r"}}, "GET", "no Host, or more", 0},
        {{{"Host", "r"}, {"Content-Length", "5"}, {"Content-Length", "5"}}, "POST", "more than", 5},
        {{{"Host", "r"}, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
         "POST",
         "both",
         5},
        {{{"Host", "r"}, {"Content-Length", "1234567890123456789"}}, "POST", "not a number", 0},
        {{{"Host", "r"}, {"Content-Length", "0x5"}}, "POST", "not a number", 0},
        {{{"Host", "r"}, {"Transfer-Encoding", "gzip, chunked"}}, "POST", "must be chunked", 0},
        {{{"Host", "r"}, {"X Y", "z"}}, "GET", "name", 0},
        {{{"Host", "r"}, {"", "z"}}, "GET", "name", 0},
        {{{"Host", "r"}, {"X", "y\rz"}}, "GET", "control", 0},
        {{{"Host", "r"}, {"Content-Length", "5"}}, "HEAD", "HEAD", 5},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct framing framing = {0};
        for (size_t j = 0; j < 3 && cases[i].fields[j][0]; j++)
            framing_add(&framing, slice_of(cases[i].fields[j][0]), slice_of(cases[i].fields[j][1]));
        assert_int_equal(framing_check(&framing, "HTTP/1.1", cases[i].method), !cases[i].error);
        if (cases[i].error && !strstr(framing.error, cases[i].error))
            fail_msg("%zu: %s", i, framing.error);
        if (!cases[i].error)
            assert_int_equal(framing.length, cases[i].length);
    }
    struct framing old = {0}, chunked = {0};
    assert_true(framing_check(&old, "HTTP/1.0", "GET"));
    framing_add(&chunked, slice_of("Transfer-Encoding"), slice_of("chunked"));
    assert_false(framing_check(&chunked, "HTTP/1.0", "POST"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_ends_at_one_place_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
