#include "test.h"

#include "command_line.h"
#include "usage.h"

#define MOST 16

static enum command_line_end read_line(struct command_line *line, struct sentence *why,
                                       const char *const *words)
{
    char *list[MOST + 1] = {(char *)"standpy"};
    int count = 1;
    for (; words[count - 1]; count++)
        list[count] = (char *)words[count - 1];
    why->text[0] = '\0';
    return command_line_read(line, count, list, why);
}

#define READ(...) read_line(&line, &why, (const char *const[]){__VA_ARGS__, NULL})

static void options_stand_before_and_behind_the_script(void **state)
{
    struct command_line line;
    struct sentence why;
    (void)state;
    assert_int_equal(READ("run", "--input", "a.csv", "--file=b", "s.py", "--value", "-1",
                          "--metadata", "m", "-o", "x", "-oy", "--keep"),
                     COMMAND_LINE_FINE);
    assert_int_equal(line.command, COMMAND_RUN);
    assert_string_equal(line.script, "s.py");
    assert_int_equal(line.input_count, 4);
    assert_int_equal(line.inputs[1].kind, INPUT_FILE);
    assert_string_equal(line.inputs[1].text, "b");
    assert_string_equal(line.inputs[2].text, "-1");
    assert_int_equal(line.output_count, 2);
    assert_string_equal(line.outputs[1], "y");
    assert_true(line.keep && !line.raw && !line.json);
    assert_true(line.wait >= 60 && line.wait <= 60);
    assert_int_equal(line.timeout, 0);
    command_line_finish(&line);
}

static void a_connection_is_named_for_each_command(void **state)
{
    struct command_line line;
    struct sentence why;
    (void)state;
    assert_int_equal(READ("check", "-c", "production", "--cacert", "a.pem", "--wait=0.5",
                          "--endpoint", "http://x", "--token-file", "t"),
                     COMMAND_LINE_FINE);
    assert_int_equal(line.command, COMMAND_CHECK);
    assert_string_equal(line.connection.name, "production");
    assert_string_equal(line.connection.cacert, "a.pem");
    assert_string_equal(line.connection.endpoint, "http://x");
    assert_string_equal(line.connection.token_file, "t");
    assert_true(line.wait >= 0.5 && line.wait <= 0.5);
    command_line_finish(&line);
}

static void times_are_numbers(void **state)
{
    struct command_line line;
    struct sentence why;
    (void)state;
    assert_int_equal(READ("run", "--timeout", "1.2", "s.py"), COMMAND_LINE_FINE);
    assert_int_equal(line.timeout, 2);
    command_line_finish(&line);
    static const char *const wrong[] = {"0", "-1", "inf", "1e30"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_int_equal(READ("run", "--timeout", wrong[i], "s.py"), COMMAND_LINE_WRONG);
        assert_non_null(strstr(why.text, "above 0"));
        command_line_finish(&line);
    }
    assert_int_equal(READ("run", "--timeout", "x", "s.py"), COMMAND_LINE_UNUSABLE);
    assert_non_null(strstr(why.text, "no number"));
    command_line_finish(&line);
    assert_int_equal(READ("run", "--wait", "nan", "s.py"), COMMAND_LINE_UNUSABLE);
    command_line_finish(&line);
}

static void what_cannot_be_is_named(void **state)
{
    static const struct {
        const char *words[4], *says;
    } cases[] = {
        {{"fly"}, "no command fly; it is run, info or check"},
        {{"chekc"}, "did you mean check?"},
        {{"run"}, "no script"},
        {{"run", "a", "b"}, "two scripts, a and b"},
        {{"run", "--timeuot=1", "a"}, "did you mean --timeout?"},
        {{"run", "--token=secret", "a"}, "there is no option --token"},
        {{"run", "-x", "a"}, "there is no option -x"},
        {{"run", "a", "--input"}, "--input needs a value: CSV"},
        {{"run", "--keep=yes", "a"}, "--keep takes no value"},
        {{"check", "--keep"}, "there is no option --keep"},
        {{"info", "a"}, "a is too much"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct command_line line;
        struct sentence why;
        assert_int_equal(read_line(&line, &why, cases[i].words), COMMAND_LINE_UNUSABLE);
        assert_non_null(strstr(why.text, cases[i].says));
        assert_null(strstr(why.text, "secret"));
        command_line_finish(&line);
    }
}

static void nothing_at_all_is_no_command(void **state)
{
    struct command_line line;
    struct sentence why;
    (void)state;
    assert_int_equal(read_line(&line, &why, (const char *const[]){NULL}), COMMAND_LINE_UNUSABLE);
    assert_int_equal(READ("run", "--", "-o"), COMMAND_LINE_FINE);
    assert_string_equal(line.script, "-o");
    assert_int_equal(READ("run", "-"), COMMAND_LINE_FINE);
    assert_string_equal(line.script, "-");
}

static void help_needs_nothing_else(void **state)
{
    struct command_line line;
    struct sentence why;
    (void)state;
    assert_int_equal(READ("--help"), COMMAND_LINE_FINE);
    assert_int_equal(line.command, COMMAND_HELP);
    assert_int_equal(line.helped, COMMAND_NONE);
    assert_int_equal(READ("run", "-h"), COMMAND_LINE_FINE);
    assert_int_equal(line.command, COMMAND_HELP);
    assert_int_equal(line.helped, COMMAND_RUN);
    assert_int_equal(READ("--version"), COMMAND_LINE_FINE);
    assert_int_equal(line.command, COMMAND_VERSION);
}

static void help_has_every_option(void **state)
{
    char *text;
    size_t size;
    (void)state;
    FILE *out = open_memstream(&text, &size);
    usage_print_help(out, COMMAND_RUN);
    fclose(out);
    for (size_t i = 0; i < usage_option_count; i++)
        assert_non_null(strstr(text, usage_options[i].name));
    free(text);
    out = open_memstream(&text, &size);
    usage_print_help(out, COMMAND_CHECK);
    fclose(out);
    assert_null(strstr(text, "--keep"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_behind_the_script),
        cmocka_unit_test(a_connection_is_named_for_each_command),
        cmocka_unit_test(times_are_numbers),
        cmocka_unit_test(what_cannot_be_is_named),
        cmocka_unit_test(nothing_at_all_is_no_command),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(help_has_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
