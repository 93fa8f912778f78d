/* What a terminal shows of a table. */
#include "test.h"

#include <locale.h>
#include <stdio.h>

#include "table.h"

/* The table as text; the caller frees it. */
static char *shown(const char *text, size_t length, size_t width, size_t rows)
{
    char *found = NULL;
    size_t size;
    FILE *csv =
        length > 0 ? fmemopen((char *)(uintptr_t)text, length, "r") : fopen("/dev/null", "re");
    FILE *out = open_memstream(&found, &size);
    assert_true(table_write(csv, out, (struct table_room){width, rows}));
    fclose(csv);
    fclose(out);
    return found;
}

static void assert_shown(const char *csv, size_t width, size_t rows, const char *text)
{
    char *found = shown(csv, strlen(csv), width, rows);
    assert_string_equal(found, text);
    free(found);
}

static void columns_are_aligned(void **state)
{
    (void)state;
    assert_shown("name,n\na,5\nbcd,100\n", 80, 10, "name  n\na       5\nbcd   100\n");
    assert_shown("n,name\n-1.5,x\n1e10,\n", 80, 10, "n     name\n-1.5  x\n1e10\n");
    assert_shown("a\n", 80, 10, "a\n");
    assert_shown("", 80, 10, "");
    assert_shown("a,b\n1\n1,2,3\n", 80, 10, "a  b\n1\n1  2\n");
    assert_shown("a\n\n1\n", 80, 10, "a\n\n1\n");
    assert_shown("a,b\n\"x, y\",1\n", 80, 10, "a     b\nx, y  1\n");
}

static void characters_count_by_their_width(void **state)
{
    (void)state;
    assert_shown("stadt,n\nMünchen,1\n東京,22\ne\xcc\x81,3\n", 80, 10,
                 "stadt    n\nMünchen   1\n東京     22\ne\xcc\x81         3\n");
}

static void nothing_in_a_cell_controls_the_terminal(void **state)
{
    (void)state;
    assert_shown("a\n\"x\ny\"\n\x1b[31m\n\xff\n", 80, 10, "a\nx\\ny\n\\x1b[31m\n\\xff\n");
}

static void a_long_table_shows_its_first_and_last_rows(void **state)
{
    (void)state;
    assert_shown("n\n1\n2\n3\n4\n5\n", 80, 4,
                 "n\n1\n2\n…\n4\n5\n(5 rows, 1 column; -o FILE writes all of it)\n");
    assert_shown("n\n1\n2\n3\n4\n", 80, 3,
                 "n\n1\n2\n…\n4\n(4 rows, 1 column; -o FILE writes all of it)\n");
    assert_shown("n\n1\n2\n3\n4\n", 80, 4, "n\n1\n2\n3\n4\n");
}

static void a_wide_table_is_cut(void **state)
{
    (void)state;
    assert_shown(
        "short,long\nab,abcdefghijklmnopqrstuvwxyz\n", 20, 10,
        "short  long\nab     abcdefghijkl…\n(1 row, 2 columns; -o FILE writes all of it)\n");
    assert_shown("aaaaaaaa,bbbbbbbb,cccccccc,dddddddd\n1,2,3,4\n", 24, 10,
                 "aaaaaaaa  bbbbbbbb  …\n"
                 "       1         2  …\n(1 row, 4 columns; -o FILE writes all of it)\n");
    assert_shown("東京東京東京東京東京\n", 8, 10,
                 "東京東…\n(0 rows, 1 column; -o FILE writes all of it)\n");
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    char csv[4096];
    size_t length = 0;
    for (size_t row = 0; row < 5; row++) {
        for (size_t column = 0; column < 30; column++)
            length +=
                (size_t)sprintf(csv + length, "%s%.*s", column > 0 ? "," : "",
                                (int)((row * 7 + column * 5) % 23), "abcdefghijklmnopqrstuvw");
        csv[length++] = '\n';
    }
    for (size_t width = 1; width < 120; width++) {
        char *found = shown(csv, length, width, 10), *rest = found, *line;
        while ((line = strsep(&rest, "\n")) && *line != '(')
            assert_true(mbstowcs(NULL, line, 0) <= (width < 4 ? 4 : width));
        free(found);
    }
}

static void memory_does_not_depend_on_the_table(void **state)
{
    (void)state;
    FILE *csv = tmpfile();
    char *found = NULL;
    size_t size;
    fputs("number,square\n", csv);
    for (unsigned i = 0; i < 100000; i++)
        fprintf(csv, "%u,%u\n", i, i % 1000 * (i % 1000));
    fputs("\"", csv); /* a cell of 10 MB */
    for (unsigned i = 0; i < 1000000; i++)
        fputs("xxxxxxxxxx", csv);
    fputs("\",1\n", csv);
    rewind(csv);
    FILE *out = open_memstream(&found, &size);
    assert_true(table_write(csv, out, (struct table_room){40, 4}));
    fclose(out);
    fclose(csv);
    assert_non_null(strstr(found, "(100001 rows, 2 columns"));
    assert_true(size < 1000);
    free(found);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(characters_count_by_their_width),
        cmocka_unit_test(nothing_in_a_cell_controls_the_terminal),
        cmocka_unit_test(a_long_table_shows_its_first_and_last_rows),
        cmocka_unit_test(a_wide_table_is_cut),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(memory_does_not_depend_on_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
