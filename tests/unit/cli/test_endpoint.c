/* Endpoints and tokens as users write them. */
#include "test.h"

#include <locale.h>

#include "endpoint.h"

static void endpoints_are_read_as_users_write_them(void **state)
{
    (void)state;
    const struct {
        const char *text, *url, *host;
        unsigned port;
        const char *engine;
    } cases[] = {
        {"http://standpy-router/example", "http://standpy-router/example", "standpy-router", 80,
         "example"},
        {"http://standpy-router/example/", "http://standpy-router/example", "standpy-router", 80,
         "example"},
        {"  http://127.0.0.1:8080//  ", "http://127.0.0.1:8080", "127.0.0.1", 8080, ""},
        {"HTTPS://Host.Example:443/a/b", "https://host.example/a/b", "host.example", 443, "b"},
        {"https://host.example:0080/a", "https://host.example:80/a", "host.example", 80, "a"},
        {"http://a:/b", "http://a/b", "a", 80, "b"},
        {"http://[::1]:8080/e", "http://[::1]:8080/e", "::1", 8080, "e"},
        {"http://[FE80::1]/e", "http://[fe80::1]/e", "fe80::1", 80, "e"},
        {"http://bücher.example/e", "http://xn--bcher-kva.example/e", "xn--bcher-kva.example", 80,
         "e"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct endpoint endpoint;
        struct sentence why = {""};
        if (!endpoint_parse(&endpoint, cases[i].text, &why))
            fail_msg("%s: %s", cases[i].text, why.text);
        char *url = endpoint_url(&endpoint, ""), *execute = endpoint_url(&endpoint, "/execute");
        assert_string_equal(url, cases[i].url);
        assert_string_equal(endpoint.host, cases[i].host);
        assert_int_equal(endpoint.port, cases[i].port);
        assert_string_equal(endpoint_engine(&endpoint), cases[i].engine);
        assert_string_equal(execute + strlen(execute) - 8, "/execute");
        free(url);
        free(execute);
        endpoint_finish(&endpoint);
    }
}

static void whatever_cannot_be_an_endpoint_says_how_to_write_it(void **state)
{
    (void)state;
    const struct {
        const char *text, *why;
    } cases[] = {
        {" ", "the endpoint is empty; it must be a URL such as http://standpy-router/engine"},
        {"router/e", "the endpoint 'router/e' has no scheme; did you mean http://router/e?"},
        {"admin:hidden@router/e",
         "the endpoint 'router/e' has no scheme; did you mean http://router/e?"},
        {"1http://router", "the endpoint '1http://router' has no scheme; did you mean "
                           "http://1http://router?"},
        {"ftp://router/e", "the endpoint must begin with http:// or https://, not with ftp://"},
        {"http://router/e?x=1", "the endpoint 'http://router/e?x=1' must end with the engine's "
                                "name, without a query (?) or fragment (#)"},
        {"http://router/e#top", "the endpoint 'http://router/e#top' must end with the engine's "
                                "name, without a query (?) or fragment (#)"},
        {"http://admin:hidden@router/e",
         "the endpoint must not have a user or password in it; pass the token as the token"},
        {"http://router/e/execute",
         "the endpoint must not end with /execute; it is http://router/e"},
        {"http://router/e/info//", "the endpoint must not end with /info; it is http://router/e"},
        {"http:///e",
         "the endpoint 'http:///e' names no host; it must be like http://standpy-router/engine"},
        {"http://a:http/e",
         "the endpoint 'http://a:http/e' has a port that is no number from 1 to 65535"},
        {"http://a:0/e",
         "the endpoint 'http://a:0/e' has a port that is no number from 1 to 65535"},
        {"http://a:65536/e",
         "the endpoint 'http://a:65536/e' has a port that is no number from 1 to 65535"},
        {"http://a:99999999999999999999/e", "the endpoint 'http://a:99999999999999999999/e' has a "
                                            "port that is no number from 1 to 65535"},
        {"http://a b/e", "the endpoint has a space, a backslash or a control character in it"},
        {"http://a\\b/e", "the endpoint has a space, a backslash or a control character in it"},
        {"http://a/e\nb", "the endpoint has a space, a backslash or a control character in it"},
        {"http://[::1/e", "the endpoint is no URL: Invalid IPv6 URL"},
        {"http://::1]/e", "the endpoint is no URL: Invalid IPv6 URL"},
        {"http://[::1]80/e", "the endpoint is no URL: Invalid IPv6 URL"},
        {"http://[zz:1]/e", "the endpoint's host '[zz:1]' is no name of a host"},
        {"http://a/ü", "the endpoint 'http://a/ü' has a path that is not ASCII; write such "
                       "characters as %XX"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct endpoint endpoint;
        struct sentence why = {""};
        if (endpoint_parse(&endpoint, cases[i].text, &why))
            fail_msg("%s", cases[i].text);
        assert_string_equal(why.text, cases[i].why);
        assert_null(endpoint.host);
    }
}

static void a_token_is_checked_and_never_shown(void **state)
{
    (void)state;
    const struct {
        const char *token, *why;
    } cases[] = {
        {"", "the token is empty"},
        {"hidden\nX: 1", "has a line break in it"},
        {"hidden\r", "has a line break in it"},
        {"hidden hidden", "has a space"},
        {"hidd\xc3\xb6n", "beyond ASCII"},
        {"hidden\x7f", "control character"},
    };
    struct sentence why = {""};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_false(endpoint_check_token(cases[i].token, &why));
        assert_non_null(strstr(why.text, cases[i].why));
        assert_null(strstr(why.text, "hidd"));
    }
    assert_true(endpoint_check_token("secret-token!~", &why));
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_read_as_users_write_them),
        cmocka_unit_test(whatever_cannot_be_an_endpoint_says_how_to_write_it),
        cmocka_unit_test(a_token_is_checked_and_never_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
