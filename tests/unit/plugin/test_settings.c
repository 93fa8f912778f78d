#include "test.h"

#include "settings.h"

static void assert_allowed(const char *variable, const char *value, bool allowed)
{
    const struct setting *setting = setting_of_variable(variable);
    assert_non_null(setting);
    if (setting->valid(value) != allowed)
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
        {"SCRATCH_EXEC", "on", true},
        {"SCRATCH_EXEC", "yes", false},
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
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_allowed(cases[i].variable, cases[i].value, cases[i].allowed);
}

static void the_error_names_variable_value_and_what_is_allowed(void **state)
{
    (void)state;
    char line[256];
    setting_error(setting_of_variable("WORKERS"), "WORKERS", "abc", line, sizeof(line));
    assert_string_equal(line,
                        "WORKERS=abc is not allowed: it must be a whole number from 1 to 1024");
}

static void the_error_is_one_line_whatever_the_value_is(void **state)
{
    (void)state;
    char line[256];
    setting_error(setting_of_variable("TIMEOUT"), "TIMEOUT", "1\n2", line, sizeof(line));
    assert_null(strchr(line, '\n'));
}

static void options_and_variables_are_the_same_settings(void **state)
{
    (void)state;
    assert_ptr_equal(setting_of_option("workers"), setting_of_variable("WORKERS"));
    assert_null(setting_of_option("no-such-option"));
    assert_null(setting_of_variable("NO_SUCH_VARIABLE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(the_error_names_variable_value_and_what_is_allowed),
        cmocka_unit_test(the_error_is_one_line_whatever_the_value_is),
        cmocka_unit_test(options_and_variables_are_the_same_settings),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
