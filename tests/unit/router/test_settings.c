#include "test.h"

#include "settings.h"
#include "variables.h"

/* Reads settings from NAME=value strings; fills error if they are refused. */
static bool read_settings(struct settings *settings, char *error, char *const *environment)
{
    return settings_read(settings, environment, (struct setting_error){error, 512});
}

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
        {"ENGINE_A_HOST=b", "ENGINE_A_HOST is set twice"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(settings_refuse_with_variable_and_what_is_allowed),
        cmocka_unit_test(settings_refuse_bad_companions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
