/* Reading settings by their table, and printing the table. */
#include "test.h"

#include <stdio.h>

#include "host_port.h"
#include "setting.h"
#include "setting_text.h"
#include "size.h"
#include "tokens.h"

struct owner {
    struct host_port listen;
    struct tokens tokens;
    uint64_t limit;
};

static const struct setting table[] = {
    {.name = "LISTEN",
     .help = "address `it` listens on",
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
        "| `A_LISTEN` | `:80` | address:port or :port | address `it` listens on | none |\n"
        "| `A_TOKEN` | none | one or more visible ASCII characters, without commas, not in quotes; "
        "several with commas between | a token | none |\n"
        "| `A_LIMIT` | no limit | " SIZE_ALLOWED ", or 0 for none | a limit. More of `it` | "
        "`the-limit` |\n");
    free(text);
    char help[100], cut[8];
    assert_string_equal(setting_option_help(help, sizeof(help), &table[0]),
                        "address it listens on (address:port or :port; default: :80)");
    assert_string_equal(setting_option_help(cut, sizeof(cut), &table[0]), "address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_taken_by_their_table),
        cmocka_unit_test(a_table_is_printed_for_help_and_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
