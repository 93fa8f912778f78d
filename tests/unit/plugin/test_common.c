/* common/: problem, text, size, number, host_port, setting, request_id, near_miss, value, tokens,
 * silent, log_level. */
#include "test.h"

#include <netinet/in.h>
#include <stdio.h>

#include "host_port.h"
#include "log_level.h"
#include "near_miss.h"
#include "number.h"
#include "problem.h"
#include "request_id.h"
#include "setting.h"
#include "setting_text.h"
#include "silent.h"
#include "size.h"
#include "text.h"
#include "tokens.h"
#include "value.h"

static void sizes_are_digits_and_a_unit(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"500k", 512000},
        {"1m", 1048576},
        {"2G", 2147483648},
        {"0", 0},
        {"", 0},
        {"1kb", 0},
        {"-1", 0},
        {" 1", 0},
        {"1.5m", 0},
        {"k", 0},
        {"1t", 0},
        {"9223372036854775807", 9223372036854775807},
        {"9223372036854775808", 0},
        {"8589934592g", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t bytes = 0;
        assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].bytes != 0);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void a_problem_is_rfc_9457(void **state)
{
    (void)state;
    size_t length;
    char *text = problem_encode(PROBLEM_NOT_FOUND, "d\xff", "id", &length);
    assert_string_equal(text, "{\"type\":\"urn:standpy:problem:not-found\",\"title\":\"Not found\","
                              "\"status\":404,\"detail\":\"d\xef\xbf\xbd\",\"request_id\":\"id\"}");
    assert_int_equal(length, strlen(text));
    free(text);
    text = problem_encode(PROBLEM_DEADLINE, "", NULL, &length);
    assert_null(strstr(text, "request_id"));
    assert_non_null(strstr(text, "504"));
    free(text);
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    const struct {
        const char *bytes, *text;
    } cases[] = {
        {"\xc3\xa9", "\xc3\xa9"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
        {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *json = text_to_json(cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(json_string_value(json), cases[i].text);
        json_decref(json);
    }
}

static void log_text_cannot_forge_a_line(void **state)
{
    (void)state;
    char out[16];
    assert_string_equal(text_for_log(out, sizeof(out), "a\nb\"", 4), "a\\x0ab\\x22");
    assert_string_equal(text_for_log(out, 4, "\n", 1), "");
    assert_string_equal(text_for_log(out, 4, "abcdef", 6), "abc");
}

static void usable_request_ids_are_kept(void **state)
{
    (void)state;
    char id[REQUEST_ID_CAPACITY], other[REQUEST_ID_CAPACITY];
    request_id_choose(id, "a-1:b/c", 7);
    assert_string_equal(id, "a-1:b/c");
    request_id_choose(id, "a b", 3);
    assert_int_equal(strlen(id), 32);
    request_id_choose(other, NULL, 0);
    assert_int_equal(strlen(other), 32);
    assert_string_not_equal(id, other);

    char longest[REQUEST_ID_CAPACITY];
    memset(longest, 'x', sizeof(longest));
    request_id_choose(id, longest, sizeof(longest) - 1);
    assert_int_equal(strlen(id), 128);
    request_id_choose(id, longest, sizeof(longest));
    assert_int_equal(strlen(id), 32);
}

static void names_that_somebody_meant_are_found(void **state)
{
    (void)state;
    const struct {
        const char *name, *meant;
        bool near;
    } cases[] = {
        {"WORKERS", "WORKERS", false},
        {"workers", "WORKERS", true},
        {"WORKER", "WORKERS", true},
        {"WOKRERS", "WORKERS", true},
        {"WORK", "WORKERS", false},
        {"CONDA_EXE", "CONDA_ENV", false},
        {"MAX-REQUESTS", "MAX_REQUESTS", true},
        {"MAX_REQUES", "MAX_REQUESTS", true},
        {"", "LISTEN", false},
        {"LISTEN_FDS", "LISTEN", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (near_miss(cases[i].name, cases[i].meant) != cases[i].near)
            fail_msg("%s for %s", cases[i].name, cases[i].meant);
    }
}

static void values_are_shown_so_that_blanks_are_seen(void **state)
{
    (void)state;
    char shown[VALUE_SHOWN], long_value[1000];
    assert_string_equal(value_shown(shown, "4"), "4");
    assert_string_equal(value_shown(shown, "4 "), "'4 '");
    assert_string_equal(value_shown(shown, "\"4\""), "'\"4\"'");
    assert_string_equal(value_shown(shown, "a\r\n\x7f"), "'a\\x0d\\x0a\\x7f'");
    memset(long_value, ' ', sizeof(long_value));
    long_value[sizeof(long_value) - 1] = '\0';
    assert_true(strlen(value_shown(shown, long_value)) < VALUE_SHOWN);
    assert_null(value_flaw("4"));
    assert_null(value_flaw(""));
    assert_null(value_flaw("it's"));
    assert_null(value_flaw("a, b"));
    assert_non_null(value_flaw("4\t"));
    assert_non_null(value_flaw(" 4"));
    assert_non_null(value_flaw("''"));
}

static void tokens_in_quotes_are_none(void **state)
{
    (void)state;
    assert_true(tokens_are("a"));
    assert_true(tokens_are("a, b"));
    assert_true(tokens_are("\"a"));
    assert_false(tokens_are("\"a\""));
    assert_false(tokens_are("a,"));
    assert_false(tokens_are(""));
    assert_false(tokens_are("a b"));
}

static void join(struct silent_set *set, struct silent_member *member, uint32_t address)
{
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    silent_add(set, member, (const struct sockaddr *)(const void *)&from);
}

static void the_oldest_silent_one_of_who_has_too_many_is_known(void **state)
{
    (void)state;
    static struct silent_set set;
    static struct silent_member members[100];
    join(&set, &members[0], 1);
    for (size_t i = 1; i < 100; i++)
        join(&set, &members[i], 2);
    join(&set, &members[5], 1); /* it is in already */
    assert_int_equal(set.count, 100);
    assert_ptr_equal(set.oldest, &members[0]);
    assert_null(silent_excess(&members[0], 1));
    assert_null(silent_excess(&members[50], 99));
    assert_ptr_equal(silent_excess(&members[50], 98), &members[1]);
    silent_remove(&set, &members[1]);
    silent_remove(&set, &members[1]);
    assert_null(silent_excess(&members[50], 98));
    assert_ptr_equal(silent_excess(&members[50], 97), &members[2]);
    for (size_t i = 0; i < 100; i++)
        silent_remove(&set, &members[i]);
    assert_int_equal(set.count, 0);
    assert_null(set.oldest);
}

static void hosts_of_ipv6_count_as_one_by_their_prefix(void **state)
{
    (void)state;
    static struct silent_set set;
    static struct silent_member members[3];
    struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0x20, 1, 0xd, 0xb8}};
    for (size_t i = 0; i < 3; i++) {
        from.sin6_addr.s6_addr[15] = (uint8_t)i;
        from.sin6_addr.s6_addr[7] = i == 2;
        silent_add(&set, &members[i], (const struct sockaddr *)(const void *)&from);
    }
    assert_ptr_equal(silent_excess(&members[1], 1), &members[0]);
    assert_null(silent_excess(&members[2], 1));
    for (size_t i = 0; i < 3; i++)
        silent_remove(&set, &members[i]);
}

static void levels_choose_which_requests_have_a_line(void **state)
{
    (void)state;
    assert_true(log_level_has(LOG_LEVEL_DEBUG, 200, true));
    assert_true(log_level_has(LOG_LEVEL_INFO, 200, false));
    assert_false(log_level_has(LOG_LEVEL_INFO, 200, true));
    assert_true(log_level_has(LOG_LEVEL_INFO, 503, true));
    assert_false(log_level_has(LOG_LEVEL_WARNING, 200, false));
    assert_false(log_level_has(LOG_LEVEL_ERROR, 499, false));
    assert_true(log_level_has(LOG_LEVEL_ERROR, 500, false));
}

static void numbers_are_up_to_nine_digits(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool allowed;
    } cases[] = {{"1", true},   {"64", true},   {"064", true},        {"65", false},  {"0", false},
                 {"-1", false}, {"+1", false},  {" 1", false},        {"1.0", false}, {"", false},
                 {"1x", false}, {"0x1", false}, {"0000000001", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned number = 77;
        if (number_parse(cases[i].text, 1, 64, &number) != cases[i].allowed)
            fail_msg("%s", cases[i].text);
        assert_true(cases[i].allowed || number == 77);
    }
}

static void hosts_have_a_port_perhaps_and_ipv6_has_brackets(void **state)
{
    (void)state;
    const struct {
        const char *text, *host; /* host NULL: refused */
        unsigned port;
    } cases[] = {
        {"a", "a", 1},        {"a:80", "a", 80},    {"[::1]", "::1", 1}, {"[::1]:80", "::1", 80},
        {":80", "", 80},      {"::1", NULL, 0},     {"::1:80", NULL, 0}, {"[::1", NULL, 0},
        {"[::1]80", NULL, 0}, {"a:65536", NULL, 0}, {"a:0", NULL, 0},    {"a:", NULL, 0},
        {"a:80/", NULL, 0},   {"a:b:80", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[32], *host;
        unsigned port = 1;
        snprintf(text, sizeof(text), "%s", cases[i].text);
        bool split = host_port_split(text, &host, &port);
        if (split != (cases[i].host != NULL))
            fail_msg("%s", cases[i].text);
        if (!split)
            continue;
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
    assert_true(host_is_valid("standpy-container.example") && host_is_valid("fe80::1%eth0"));
    assert_false(host_is_valid("") || host_is_valid("a b") || host_is_valid("http://a"));
}

struct owner {
    struct host_port listen;
    struct tokens tokens;
    uint64_t limit;
};

static const struct setting table[] = {
    {.name = "LISTEN",
     .help = "where `it` listens",
     .standard = ":80",
     .kind = SETTING_ADDRESS,
     .place = SETTING_PLACE(struct owner, listen, struct host_port)},
    {.name = "TOKEN",
     .help = "a token",
     .unset = "none",
     .kind = SETTING_TOKENS,
     .place = SETTING_PLACE(struct owner, tokens, struct tokens)},
    {.name = "LIMIT",
     .option = "the-limit",
     .help = "a limit",
     .more = "More of `it`",
     .unset = "no limit",
     .kind = SETTING_SIZE,
     .place = SETTING_PLACE(struct owner, limit, uint64_t),
     .otherwise = "0 for none"},
    {.name = NULL},
};

static void settings_are_taken_by_their_table(void **state)
{
    (void)state;
    char line[200];
    struct setting_error error = {line, sizeof(line)};
    struct owner owner = {.limit = 7};
    assert_true(setting_take_standards(table, &owner, error));
    assert_null(owner.listen.host);
    assert_int_equal(owner.listen.port, 80);
    assert_true(setting_take(&table[0], "LISTEN", "[::1]:99", &owner, error));
    assert_true(setting_take(&table[0], "LISTEN", "[::2]:99", &owner, error));
    assert_string_equal(owner.listen.host, "::2");
    assert_false(setting_take(&table[0], "LISTEN", "a", &owner, error));
    assert_string_equal(line, "LISTEN=a is not allowed: it must be address:port or :port");
    assert_true(setting_take(&table[2], "LIMIT", "0", &owner, error));
    assert_int_equal(owner.limit, 0);
    assert_false(setting_take(&table[2], "--the-limit", "1 k ", &owner, error));
    assert_string_equal(line, "--the-limit='1 k ' is not allowed: there are blanks around the "
                              "value; leave them out");
    assert_true(setting_take(&table[1], "TOKEN", "a, b", &owner, error));
    assert_int_equal(owner.tokens.count, 2);
    assert_false(setting_take(&table[1], "TOKEN", "secret ", &owner, error));
    assert_null(strstr(line, "secret"));
    assert_ptr_equal(setting_near(table, "LIMITS"), &table[2]);
    assert_null(setting_near(table, "OTHER"));
    setting_release(table, &owner);
}

static void a_table_is_printed_for_help_and_documents(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    setting_print_help(out, &table[2], "A_");
    setting_print_head(out, true);
    setting_print_rows(out, table, "A_", true);
    fclose(out);
    assert_string_equal(
        text,
        "  A_LIMIT (default: no limit)\n"
        "      a limit\n"
        "      " SIZE_ALLOWED ", or 0 for none\n"
        "| variable | default | allowed | meaning | option |\n"
        "|---|---|---|---|---|\n"
        "| `A_LISTEN` | `:80` | address:port or :port | where `it` listens | none |\n"
        "| `A_TOKEN` | none | visible ASCII characters without comma, not in quotes, at least one; "
        "several with commas between | a token | none |\n"
        "| `A_LIMIT` | no limit | " SIZE_ALLOWED ", or 0 for none | a limit. More of `it` | "
        "`the-limit` |\n");
    free(text);
    char help[100], cut[8];
    assert_string_equal(setting_option_help(help, sizeof(help), &table[0]),
                        "where it listens (address:port or :port; default: :80)");
    assert_string_equal(setting_option_help(cut, sizeof(cut), &table[0]), "where i");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_somebody_meant_are_found),
        cmocka_unit_test(values_are_shown_so_that_blanks_are_seen),
        cmocka_unit_test(tokens_in_quotes_are_none),
        cmocka_unit_test(the_oldest_silent_one_of_who_has_too_many_is_known),
        cmocka_unit_test(hosts_of_ipv6_count_as_one_by_their_prefix),
        cmocka_unit_test(levels_choose_which_requests_have_a_line),
        cmocka_unit_test(numbers_are_up_to_nine_digits),
        cmocka_unit_test(hosts_have_a_port_perhaps_and_ipv6_has_brackets),
        cmocka_unit_test(settings_are_taken_by_their_table),
        cmocka_unit_test(a_table_is_printed_for_help_and_documents),
        cmocka_unit_test(sizes_are_digits_and_a_unit),
        cmocka_unit_test(a_problem_is_rfc_9457),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(log_text_cannot_forge_a_line),
        cmocka_unit_test(usable_request_ids_are_kept),
    };
    return cmocka_run_group_tests_name("common", tests, NULL, NULL);
}
