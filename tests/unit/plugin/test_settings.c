#include "test.h"

#include <stdio.h>

#include "settings.h"

static bool take(const char *variable, const char *value, struct settings *settings, char *line)
{
    const struct setting *setting = setting_find(settings_table, variable);
    assert_non_null(setting);
    return setting_take(setting, variable, value, settings, (struct setting_error){line, 512});
}

static void assert_allowed(const char *variable, const char *value, bool allowed)
{
    char line[512];
    if (take(variable, value, NULL, line) != allowed)
        fail_msg("%s=%s", variable, value);
}

static void values_are_checked(void **state)
{
    (void)state;
    const struct {
        const char *variable, *value;
        bool allowed;
    } cases[] = {
        {"WORKERS", "1", true},
        {"WORKERS", "1024", true},
        {"WORKERS", "0", false},
        {"WORKERS", "abc", false},
        {"WORKERS", "-1", false},
        {"WORKERS", "1025", false},
        {"WORKERS", "2 ", false},
        {"WORKERS", "99999999999999999999", false},
        {"WORKERS", "0x2", false},
        {"PRELOAD_LEARN", "off", true},
        {"PRELOAD_LEARN", "auto", false},
        {"SCRATCH_EXEC", "on", true},
        {"SCRATCH_EXEC", "yes", false},
        {"WSGI_APP", "app", true},
        {"WSGI_APP", "a.b:c.d", true},
        {"WSGI_APP", "", false},
        {"WSGI_APP", ":app", false},
        {"WSGI_APP", "a:", false},
        {"WSGI_APP", "a:b()", false},
        {"WSGI_APP", "a,b", false},
        {"WSGI_APP", "a:b:c", false},
        {"WSGI_MOUNT", "/", true},
        {"WSGI_MOUNT", "/a-b/c", true},
        {"WSGI_MOUNT", "app", false},
        {"WSGI_MOUNT", "/app/", false},
        {"WSGI_MOUNT", "/a//b", false},
        {"WSGI_MOUNT", "/../a", false},
        {"WSGI_MOUNT", "/a?b", false},
        {"WSGI_MOUNT", "/a%20b", false},
        {"WSGI_WORKERS", "0", false},
        {"WSGI_TIMEOUT", "86401", false},
        {"APP_DIR", "app", false},
        {"SCRIPT_ENV_KEEP", "PARTITION_KEY", true},
        {"SCRIPT_ENV_KEEP", "A,_b,C9", true},
        {"SCRIPT_ENV_HIDE", "A,", false},
        {"SCRIPT_ENV_HIDE", ",A", false},
        {"SCRIPT_ENV_HIDE", "A, B", false},
        {"SCRIPT_ENV_HIDE", "9A", false},
        {"SCRIPT_ENV_HIDE", "A=x", false},
        {"TIMEOUT", "5", true},
        {"TIMEOUT", "-1", false},
        {"TIMEOUT", "0", false},
        {"TIMEOUT", "1.5", false},
        {"MAX_REQUESTS", "100", true},
        {"MAX_REQUESTS", "0", false},
        {"LISTEN", ":8080", true},
        {"LISTEN", "8080", false},
        {"LISTEN", "127.0.0.1:0", false},
        {"LISTEN", "[::1]:80", true},
        {"LISTEN", "::1:80", false},
        {"LISTEN", ":65536", false},
        {"CONDA_ENV", "a-b.c", true},
        {"CONDA_ENV", "..", false},
        {"CONDA_ENV", "a/b", false},
        {"ENVS_DIR", "/opt", true},
        {"ENVS_DIR", "opt", false},
        {"PRELOAD", "numpy,a.b", true},
        {"PRELOAD", "none", true},
        {"PRELOAD", "numpy,", false},
        {"PRELOAD", "1a", false},
        {"PRELOAD", "os;x", false},
        {"SCRATCH_DIR", "/x", true},
        {"REQUEST_SIZE_LIMIT", "1m", true},
        {"REQUEST_SIZE_LIMIT", "1t", false},
        {"KEEP_LIMIT", "0", true},
        {"KEEP_LIMIT", "2g", true},
        {"KEEP_LIMIT", "off", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_allowed(cases[i].variable, cases[i].value, cases[i].allowed);
}

static void the_error_names_variable_value_and_what_is_allowed(void **state)
{
    (void)state;
    const struct {
        const char *variable, *value, *allowed;
    } cases[] = {
        {"WORKERS", "abc", "a whole number from 1 to 1024"},
        {"TIMEOUT", "0", "whole seconds from 1 to 86400"},
        {"MAX_REQUESTS", "0", "a whole number from 1 to 999999999, or unset for no restarts"},
        {"LISTEN", "8080", "address:port or :port"},
        {"SANDBOX", "on", "auto, required or off"},
        {"SCRATCH_EXEC", "yes", "on or off"},
        {"CONDA_ENV", "..", "the name of a folder under ENVS_DIR"},
        {"MEMORY_LIMIT", "1m",
         "a whole number of bytes, or one with k, m or g behind it, such as 500k, at least 16m"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char line[512], expected[512];
        assert_false(take(cases[i].variable, cases[i].value, NULL, line));
        snprintf(expected, sizeof(expected), "%s=%s is not allowed: it must be %s",
                 cases[i].variable, cases[i].value, cases[i].allowed);
        assert_string_equal(line, expected);
    }
}

static void the_error_is_one_line_whatever_the_value_is(void **state)
{
    (void)state;
    char line[512];
    assert_false(take("TIMEOUT", "1\n2", NULL, line));
    assert_null(strchr(line, '\n'));
}

static void values_go_where_the_table_says(void **state)
{
    (void)state;
    struct settings settings = {0};
    char line[512];
    assert_true(
        setting_take_standards(settings_table, &settings, (struct setting_error){line, 512}));
    assert_null(settings.conda_env);
    assert_string_equal(settings.envs_dir, "/opt/coding-shared/envs");
    assert_int_equal(settings.isolation, ISOLATION_NAMESPACE);
    assert_int_equal(settings.memory_limit, 0);
    assert_int_equal(settings.log_level, LOG_LEVEL_INFO);
    assert_false(settings.scratch_exec || settings.log_json);
    assert_true(settings.preload_learn);
    assert_true(take("CONDA_ENV", "a", &settings, line));
    assert_true(take("CONDA_ENV", "b", &settings, line)); /* the second replaces the first */
    assert_true(take("MEMORY_LIMIT", "16m", &settings, line));
    assert_true(take("SANDBOX", "off", &settings, line));
    assert_true(take("SCRATCH_EXEC", "on", &settings, line));
    assert_true(take("LOG_FORMAT", "json", &settings, line));
    assert_true(take("LOG_LEVEL", "error", &settings, line));
    assert_string_equal(settings.conda_env, "b");
    assert_int_equal(settings.memory_limit, 16 << 20);
    assert_int_equal(settings.sandbox, SANDBOX_OFF);
    assert_int_equal(settings.log_level, LOG_LEVEL_ERROR);
    assert_true(settings.scratch_exec && settings.log_json);
    assert_false(take("SANDBOX", "on", &settings, line));
    assert_int_equal(settings.sandbox, SANDBOX_OFF);
    setting_release(settings_table, &settings);
}

static void standard_values_are_allowed_and_every_setting_says_what_it_is(void **state)
{
    (void)state;
    for (const struct setting *setting = settings_table; setting->name; setting++) {
        char allowed[SETTING_ALLOWED];
        assert_true(strlen(setting_allowed(allowed, setting)) > 0);
        assert_non_null(setting->help);
        assert_true((setting->standard != NULL) != (setting->unset != NULL));
        if (setting->standard)
            assert_allowed(setting->name, setting->standard, true);
    }
}

static void options_and_variables_are_the_same_settings(void **state)
{
    (void)state;
    assert_ptr_equal(setting_of_option("workers"), setting_find(settings_table, "WORKERS"));
    assert_null(setting_of_option("no-such-option"));
    assert_null(setting_find(settings_table, "NO_SUCH_VARIABLE"));
    assert_true(setting_is_own(setting_of_option("standpy-sandbox")));
    assert_false(setting_is_own(setting_of_option("workers")));
    assert_false(setting_is_own(setting_find(settings_table, "ACCESS_TOKEN")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(the_error_names_variable_value_and_what_is_allowed),
        cmocka_unit_test(the_error_is_one_line_whatever_the_value_is),
        cmocka_unit_test(values_go_where_the_table_says),
        cmocka_unit_test(standard_values_are_allowed_and_every_setting_says_what_it_is),
        cmocka_unit_test(options_and_variables_are_the_same_settings),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
