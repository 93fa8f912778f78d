/* Fields of RFC 4180, and of texts that bend it. */
#include "test.h"

#include <stdio.h>

#include "csv.h"

/* The fields as [a|b][c], with a row in brackets. */
static void fields(char *out, const char *text, size_t capacity)
{
    char field[64];
    size_t length;
    FILE *csv = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
    enum csv_end end;
    const char *before = "[";
    *out = '\0';
    while ((end = csv_read(csv, field, capacity, &length)) != CSV_NONE) {
        out += sprintf(out, "%s%s", before, field);
        before = end == CSV_ROW ? "][" : "|";
    }
    sprintf(out, "%s", *before == '|' ? "|]" : *before == ']' ? "]" : "");
    fclose(csv);
}

static void fields_and_rows(void **state)
{
    (void)state;
    const struct {
        const char *text, *fields;
    } cases[] = {
        {"a,b\n1,2\n", "[a|b][1|2]"},
        {"a,b\r\n1,2\r\n", "[a|b][1|2]"},
        {"a\rb", "[a][b]"},
        {"a,b", "[a|b]"},
        {"a,", "[a|]"},
        {"a,\n", "[a|]"},
        {",\n", "[|]"},
        {"\n\n", "[][]"},
        {"\"x, y\",z\n", "[x, y|z]"},
        {"\"one\ntwo\"\n", "[one\ntwo]"},
        {"\"say \"\"hi\"\"\"\n", "[say \"hi\"]"},
        {"\"\",\"\"\n", "[|]"},
        {"\"open", "[open]"},
        {"\"a\"b\n", "[ab]"},
        {"a\"b\n", "[a\"b]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char found[256];
        fields(found, cases[i].text, 64);
        assert_string_equal(found, cases[i].fields);
    }
}

static void what_does_not_fit_is_skipped(void **state)
{
    (void)state;
    char found[256];
    fields(found, "abcdef,\"ghi,jkl\",m\n", 4);
    assert_string_equal(found, "[abc|ghi|m]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_rows),
        cmocka_unit_test(what_does_not_fit_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
