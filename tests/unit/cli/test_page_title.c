#include "test.h"

#include <locale.h>

#include "page_title.h"

static void titles_are_one_line_of_text(void **state)
{
    static const struct {
        const char *page, *title;
    } cases[] = {
        {"<html><head><TITLE lang='en'>Welcome</TITLE>", "Welcome"},
        {"<title>\n  502   Bad\tGateway \n</title>", "502 Bad Gateway"},
        {"<title>a &amp; b &lt;&gt; &#39;x&#x27; &unknown; &#xD800; &</title>",
         "a & b <> 'x' &unknown; &#xD800; &"},
        {"<title>a\x1b[31mb\xe2\x80\xae\xff</title>", "a[31mb\xef\xbf\xbd"},
        {"<title>never ends", ""},
        {"<title", ""},
        {"<p>none</p>", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char title[PAGE_TITLE];
        assert_string_equal(page_title(title, slice_of(cases[i].page)), cases[i].title);
    }
}

static void a_title_is_bounded(void **state)
{
    char page[2000] = "<title>", title[PAGE_TITLE];
    (void)state;
    for (int i = 0; i < 300; i++)
        strcat(page, "\xe2\x82\xac");
    strcat(page, "</title>");
    assert_int_equal(strlen(page_title(title, slice_of(page))), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_are_one_line_of_text),
        cmocka_unit_test(a_title_is_bounded),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
