/* cmocka tests of the router's pure files. */
#include <stdio.h>

#include "../plugin/test.h"

#include "field_list.h"
#include "framing.h"
#include "headers.h"
#include "ring.h"
#include "route.h"
#include "service_links.h"
#include "settings.h"
#include "tokens.h"

/* Reads settings from NAME=value strings; fills error where they are refused. */
static bool read_settings(struct settings *settings, char *error, char *const *environment)
{
    return settings_read(settings, environment, (struct setting_error){error, 512});
}

#define ENVIRONMENT(...) ((char *[]){__VA_ARGS__, NULL})
#define TEXT(literal)    ((char *)(uintptr_t)(literal))

static void settings_are_read(void **state)
{
    (void)state;
    struct settings settings;
    char error[512];
    assert_true(
        read_settings(&settings, error,
                      ENVIRONMENT(TEXT("ENGINE_B_TOKEN=s3cret, n3xt"), TEXT("ENGINE_B_QUEUE=7"),
                                  TEXT("ENGINE_B_HOST=one:81,[::1]:82,three"),
                                  TEXT("ENGINE_EXAMPLE_TESTING_HOST=standpy-container-testing"),
                                  TEXT("REQUEST_SIZE_LIMIT=1m"), TEXT("LISTEN=127.0.0.1:99"))));
    assert_int_equal(settings.engine_count, 2);
    assert_string_equal(settings.engines[0].name, "b");
    assert_int_equal(settings.engines[0].tokens.count, 2);
    assert_string_equal(settings.engines[0].tokens.list[0], "s3cret");
    assert_string_equal(settings.engines[0].tokens.list[1], "n3xt");
    assert_int_equal(settings.engines[0].queue_limit, 7);
    assert_int_equal(settings.engines[0].host_count, 3);
    assert_string_equal(settings.engines[0].hosts[1].name, "::1");
    assert_int_equal(settings.engines[0].hosts[1].port, 82);
    assert_int_equal(settings.engines[0].hosts[2].port, ENGINE_PORT_DEFAULT);
    assert_string_equal(settings.engines[1].name, "example_testing");
    assert_int_equal(settings.engines[1].tokens.count, 0);
    assert_int_equal(settings.engines[1].queue_limit, 100);
    assert_false(settings.log_json);
    assert_int_equal(settings.stop_timeout, 9);
    assert_int_equal(settings.request_size_limit, 1 << 20);
    assert_int_equal(settings.buffer_limit, 256 << 20);
    assert_int_equal(settings.busy_poll, 150);
    assert_string_equal(settings.listen.host, "127.0.0.1");
    assert_int_equal(settings.listen.port, 99);
    settings_finish(&settings);
}

static void settings_refuse_with_variable_and_what_is_allowed(void **state)
{
    (void)state;
    const struct {
        const char *variable, *error;
    } cases[] = {
        {"PATH=/bin", "there is no engine"},
        {"ENGINE__HOST=a", "ENGINE__HOST is not allowed"},
        {"ENGINE_a_HOST=a", "ENGINE_a_HOST is not allowed"},
        {"ENGINE_A_HOST=", "ENGINE_A_HOST= is not allowed: it must be host"},
        {"ENGINE_A_HOST=a:0", "ENGINE_A_HOST=a:0 is not allowed"},
        {"ENGINE_A_HOST=a:65536", "is not allowed"},
        {"ENGINE_A_HOST=::1", "is not allowed"},
        {"ENGINE_A_HOST=a,,b", "is not allowed"},
        {"ENGINE_A_HOST=http://a", "is not allowed"},
        {"ENGINE_A_TOKEN=x", "ENGINE_A_TOKEN has no ENGINE_<NAME>_HOST"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct settings settings;
        char error[512] = "";
        assert_false(read_settings(&settings, error, ENVIRONMENT(TEXT(cases[i].variable))));
        if (!strstr(error, cases[i].error))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].error, error);
        settings_finish(&settings);
    }
}

static void settings_refuse_bad_companions(void **state)
{
    (void)state;
    const struct {
        const char *variable, *error;
    } cases[] = {
        {"ENGINE_A_TOKEN=", "ENGINE_A_TOKEN is not allowed"},
        {"ENGINE_A_TOKEN=top secret", "ENGINE_A_TOKEN is not allowed"},
        {"ENGINE_A_HOST=b", "ENGINE_A_HOST is there twice"},
        {"REQUEST_SIZE_LIMIT=1q", "REQUEST_SIZE_LIMIT=1q is not allowed"},
        {"BUSY_POLL=1001",
         "BUSY_POLL=1001 is not allowed: it must be whole microseconds from 0 to"},
        {"BUFFER_LIMIT=all", "BUFFER_LIMIT=all is not allowed"},
        {"LISTEN=80", "LISTEN=80 is not allowed"},
        {"LISTEN=:x", "LISTEN=:x is not allowed"},
        {"THREADS=0", "THREADS=0 is not allowed"},
        {"ENGINE_A_TOKEN=a,,b", "ENGINE_A_TOKEN is not allowed"},
        {"ENGINE_A_QUEUE=-1",
         "ENGINE_A_QUEUE=-1 is not allowed: it must be a whole number from 0 to 100000"},
        {"ENGINE_B_QUEUE=1", "ENGINE_B_QUEUE has no ENGINE_<NAME>_HOST"},
        {"LOG_FORMAT=xml", "LOG_FORMAT=xml is not allowed: it must be text or json"},
        {"STOP_TIMEOUT=x", "STOP_TIMEOUT=x is not allowed"},
        {"TLS_CERT=a", "TLS_KEY is missing"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct settings settings;
        char error[512] = "";
        assert_false(read_settings(&settings, error,
                                   ENVIRONMENT(TEXT("ENGINE_A_HOST=a"), TEXT(cases[i].variable))));
        if (!strstr(error, cases[i].error))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].error, error);
        assert_null(strstr(error, "top secret"));
        settings_finish(&settings);
    }
}

static void what_kubernetes_sets_for_a_service_is_told_from_the_host_of_an_engine(void **state)
{
    (void)state;
    static const char host[] = "ENGINE_A_SERVICE_HOST=10.0.0.1";
    const struct {
        char *const *environment, *const *file;
        bool is_link;
    } cases[] = {
        {ENVIRONMENT(TEXT(host)), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_SERVICE_PORT=8080")), NULL, true},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT(host)), ENVIRONMENT(NULL), true},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_SERVICE_PORTS=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_PORT=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_B_SERVICE_PORT=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host)), ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")), false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_TOKEN=x")), NULL,
         false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_TOKEN_FILE=x")),
         NULL, false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_QUEUE=1")), NULL,
         false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_TOKEN=x")), NULL, true},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")),
         ENVIRONMENT(TEXT("ENGINE_A_SERVICE_TOKEN=x")), false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")),
         ENVIRONMENT(TEXT("ENGINE_A_SERVICE_HOST=b")), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(service_link_is_host(host, cases[i].environment, cases[i].file),
                         cases[i].is_link);
    char *const *pair = ENVIRONMENT(TEXT("ENGINE_SERVICE_PORT=1"), TEXT("ENGINE_SERVICE_HOST=h"));
    assert_true(service_link_is_host("ENGINE_SERVICE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("ENGINE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("_SERVICE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("", pair, NULL));
}

static void routes_find_engine_and_rest(void **state)
{
    (void)state;
    struct engine engines[] = {{.name = TEXT("a")}, {.name = TEXT("example_testing")}};
    const struct settings settings = {.engines = engines, .engine_count = 2};
    const struct {
        const char *target, *engine, *rest; /* engine NULL: not found */
    } cases[] = {
        {"/a/execute", "a", "/execute"},
        {"/example_testing/info?x=/../y", "example_testing", "/info?x=/../y"},
        {"/example%5Ftesting/info", "example_testing", "/info"},
        {"/a/", "a", "/"},
        {"/a//info", "a", "//info"},
        {"/a", NULL, NULL},
        {"/", NULL, NULL},
        {"", NULL, NULL},
        {"*", NULL, NULL},
        {"//a/info", NULL, NULL},
        {"/A/info", NULL, NULL},
        {"/b/info", NULL, NULL},
        {"/a/../example_testing/info", NULL, NULL},
        {"/a/%2e%2E/info", NULL, NULL},
        {"/a/.", NULL, NULL},
        {"/a%2finfo", NULL, NULL},
        {"/a%00/info", NULL, NULL},
        {"/a/%zz", NULL, NULL},
        {"/a/%4", NULL, NULL},
        {"/a/x\\y", NULL, NULL},
        {"http://b/a/info?x", "a", "/info?x"},
        {"HTTPS://b:1/a/info", "a", "/info"},
        {"http:///a/info", "a", "/info"},
        {"http://b", NULL, NULL},
        {"ftp://b/a/info", NULL, NULL},
        {"/a/info?x\ry", NULL, NULL},
        {"/a/in fo", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct route route = route_find(&settings, slice_of(cases[i].target));
        if ((route.kind == ROUTE_ENGINE) != (cases[i].engine != NULL))
            fail_msg("%s", cases[i].target);
        if (!cases[i].engine)
            continue;
        assert_string_equal(route.engine->name, cases[i].engine);
        assert_slice(route.target, cases[i].rest);
    }
    assert_int_equal(route_find(&settings, slice_of("/healthz?")).kind, ROUTE_HEALTHZ);
    assert_int_equal(route_find(&settings, slice_of("/readyz")).kind, ROUTE_READYZ);
    assert_int_equal(route_find(&settings, slice_of("/metrics")).kind, ROUTE_METRICS);
}

static void only_the_tokens_are_let_in(void **state)
{
    (void)state;
    struct tokens one = {0}, both = {0};
    assert_true(tokens_add(&one, "secret"));
    assert_true(tokens_add(&both, "secret, other"));
    assert_true(tokens_allow(&(struct tokens){0}, (struct slice){NULL, 0}));
    assert_true(tokens_allow(&one, slice_of("Bearer secret")));
    assert_true(tokens_allow(&one, slice_of("bearer  secret")));
    assert_true(tokens_allow(&both, slice_of("Bearer other")));
    assert_false(tokens_allow(&one, slice_of("Bearer other")));
    assert_false(tokens_allow(&both, slice_of("Bearer secret,other")));
    assert_false(tokens_allow(&both, (struct slice){NULL, 0}));
    assert_false(tokens_allow(&both, slice_of("")));
    assert_false(tokens_allow(&both, slice_of("Bearer ")));
    assert_false(tokens_allow(&both, slice_of("Bearer secre")));
    assert_false(tokens_allow(&both, slice_of("Bearer secrets")));
    assert_false(tokens_allow(&both, slice_of("Basic secret")));
    assert_false(tokens_allow(&both, slice_of("secret")));
    tokens_free(&one);
    tokens_free(&both);
}

static void hop_by_hop_fields_stay(void **state)
{
    (void)state;
    assert_true(header_goes_to_engine("Content-Type", NULL));
    assert_true(header_goes_to_engine("traceparent", "close"));
    assert_false(header_goes_to_engine("Authorization", NULL));
    assert_false(header_goes_to_engine("TRANSFER-ENCODING", NULL));
    assert_false(header_goes_to_engine("Expect", NULL));
    assert_false(header_goes_to_engine("X-Own", "close, x-own"));
    assert_true(header_goes_to_engine("X-Own", "x-owner"));
    assert_false(header_goes_to_engine("Content_Length", NULL));
    assert_true(header_goes_to_client(slice_of("X-Request-Id"), NULL));
    assert_false(header_goes_to_client(slice_of("connection"), NULL));
    assert_false(header_goes_to_client(slice_of(""), NULL));
    assert_false(header_goes_to_client(slice_of("X-Hop"), "close, x-hop"));
    assert_true(header_goes_to_client(slice_of("X-Hop"), "close, x-hop2"));
}

static void a_request_ends_at_one_place_or_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *fields[3][2], *method, *error; /* error NULL: it is clear */
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
        {{{"Host", "r"}, {"Content-Length", "1234567890123456789"}}, "POST", "no number", 0},
        {{{"Host", "r"}, {"Content-Length", "0x5"}}, "POST", "no number", 0},
        {{{"Host", "r"}, {"Transfer-Encoding", "gzip, chunked"}}, "POST", "only Transfer-", 0},
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

static void a_ring_gives_what_it_took_in_order(void **state)
{
    (void)state;
    struct ring ring = {0};
    unsigned char next_in = 0, next_out = 0;
    for (size_t round = 0; round < 200; round++) {
        char bytes[1021];
        size_t length = 1 + (round * 37) % sizeof(bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)next_in++;
        assert_int_equal(ring_write(&ring, bytes, length), length);
        size_t wanted = round < 100 ? length / 2 : length + 600;
        size_t got = ring_read(&ring, bytes, wanted < sizeof(bytes) ? wanted : sizeof(bytes));
        for (size_t i = 0; i < got; i++)
            assert_int_equal((unsigned char)bytes[i], next_out++);
    }
    ring_finish(&ring);
    ring_free_spares();
}

static void fields_come_in_the_order_in_which_they_were_added(void **state)
{
    (void)state;
    struct field_list list = {0};
    char name[16], value[1024];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        memset(value, 'v', (size_t)i);
        assert_true(field_list_add(&list, slice_of(name), (struct slice){value, (size_t)i}));
    }
    size_t position = 0;
    const char *found_name, *found_value;
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        assert_true(field_list_next(&list, &position, &found_name, &found_value));
        assert_string_equal(found_name, name);
        assert_int_equal(strlen(found_value), i);
    }
    assert_false(field_list_next(&list, &position, &found_name, &found_value));
    field_list_finish(&list);
    position = 0;
    assert_false(field_list_next(&list, &position, &found_name, &found_value));
}

static void a_field_with_a_null_is_not_added(void **state)
{
    (void)state;
    struct field_list list = {0};
    size_t position = 0;
    const char *name, *value;
    assert_false(field_list_add(&list, slice_of("n"), (struct slice){"a\0b", 3}));
    assert_false(field_list_add(&list, (struct slice){"a\0b", 3}, slice_of("v")));
    assert_false(field_list_next(&list, &position, &name, &value));
    field_list_finish(&list);
}

static void a_ring_takes_no_more_than_it_holds(void **state)
{
    (void)state;
    struct ring ring = {0};
    char *bytes = calloc(1, RING_CAPACITY + 1);
    assert_int_equal(ring_write(&ring, bytes, RING_CAPACITY + 1), RING_CAPACITY);
    assert_int_equal(ring_space(&ring), 0);
    assert_int_equal(ring_write(&ring, bytes, 1), 0);
    assert_int_equal(ring_read(&ring, bytes, 10), 10);
    assert_int_equal(ring_write(&ring, bytes, 20), 10);
    ring_finish(&ring);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(settings_refuse_with_variable_and_what_is_allowed),
        cmocka_unit_test(settings_refuse_bad_companions),
        cmocka_unit_test(what_kubernetes_sets_for_a_service_is_told_from_the_host_of_an_engine),
        cmocka_unit_test(routes_find_engine_and_rest),
        cmocka_unit_test(only_the_tokens_are_let_in),
        cmocka_unit_test(hop_by_hop_fields_stay),
        cmocka_unit_test(a_request_ends_at_one_place_or_is_refused),
        cmocka_unit_test(a_ring_gives_what_it_took_in_order),
        cmocka_unit_test(a_ring_takes_no_more_than_it_holds),
        cmocka_unit_test(fields_come_in_the_order_in_which_they_were_added),
        cmocka_unit_test(a_field_with_a_null_is_not_added),
    };
    return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
