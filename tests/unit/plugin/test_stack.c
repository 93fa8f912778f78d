/* front/stack.c: the stack of a stuck script. */
#include "test.h"

#include <stdio.h>

#include "stack.h"

static const char dump[] = "Thread 0x00007f0000000aaa (most recent call first):\n"
                           "  File \"/dev/shm/standpy-9-ab-cd/script.py\", line 3 in work\n"
                           "  File \"/usr/lib/python3.11/threading.py\", line 975 in run\n"
                           "\n"
                           "Thread 0x00007f0000000bbb [pool] (most recent call first):\n"
                           "  File \"<standpy>/execution.py\", line 9 in helper\n"
                           "\n"
                           "Thread 0x00007f0000000001 (most recent call first):\n"
                           "  File \"/usr/lib/in here/re.py\", line 166 in match\n"
                           "  File \"/dev/shm/standpy-9-ab-cd/script.py\", line 7 in rm_main\n"
                           "  File \"<standpy>/script.py\", line 57 in call\n"
                           "  File \"<standpy>/execution.py\", line 33 in execute\n";

static void a_stack_is_shown_like_a_traceback(void **state)
{
    (void)state;
    char *text = stack_format(slice_of(dump), 0x7f0000000001);
    assert_string_equal(text, "Traceback (most recent call last):\n"
                              "  Script, line 7, in rm_main\n"
                              "  File \"/usr/lib/in here/re.py\", line 166, in match\n"
                              "\n"
                              "Thread 1 (most recent call last):\n"
                              "  File \"/usr/lib/python3.11/threading.py\", line 975, in run\n"
                              "  Script, line 3, in work\n");
    free(text);
}

static void a_dump_without_frames_is_no_stack(void **state)
{
    (void)state;
    static const char *const dumps[] = {
        "",
        "\n\n",
        "Thread 0x",
        "Thread 0x1 (most recent call first):\n  <no Python frame>\n",
        "  File \"a\", line 1 in f\n",
        "Thread 0x1 (most recent call first):\n  File \"<standpy>/x.py\", line 1 in f\n",
    };
    for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++)
        assert_null(stack_format(slice_of(dumps[i]), 1));
}

static void the_stack_tells_the_phase(void **state)
{
    (void)state;
    static const struct {
        const char *frame, *phase;
    } cases[] = {
        {"\"<standpy>/script.py\", line 1 in call", "run"},
        {"\"<standpy>/script.py\", line 1 in load", "parse"},
        {"\"<standpy>/inputs.py\", line 1 in decode", "inputs"},
        {"\"<standpy>/outputs.py\", line 1 in encode", "outputs"},
        {"\"<standpy>/rm_init.py\", line 1 in call", "init"},
        {"\"/x/outputs.py\", line 1 in encode", "run"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];
        snprintf(text, sizeof(text), "Thread 0x1 (most recent call first):\n  File %s\n",
                 cases[i].frame);
        assert_string_equal(stack_phase(slice_of(text), 1), cases[i].phase);
        assert_string_equal(stack_phase(slice_of(text), 2), "run");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_shown_like_a_traceback),
        cmocka_unit_test(a_dump_without_frames_is_no_stack),
        cmocka_unit_test(the_stack_tells_the_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
