#include "test.h"

#include "progress.h"

static struct progress at(enum progress_phase phase, int64_t done, int64_t total)
{
    return (struct progress){
        .phase = phase, .done = done, .total = total, .began_at = 1000, .phase_began_at = 1000};
}

static void the_line_says_what_goes_on(void **state)
{
    static const struct {
        enum progress_phase phase;
        int64_t done, total, now;
        const char *text;
    } cases[] = {
        {PROGRESS_CONNECTING, 0, 0, 1500, "0.5 s: connecting"},
        {PROGRESS_RUNNING, 0, 0, 63040, "62.0 s: the script runs"},
        {PROGRESS_BUSY, 0, 0, 2000, "1.0 s: the engine is busy; waiting"},
        /* Large ones have a bar at once, small ones once they are slow. */
        {PROGRESS_SENDING, 50000000, 100000000, 1500,
         "0.5 s: sending [##########          ] 50 of 100 MB"},
        {PROGRESS_SENDING, 500000, 1000000, 1500, "0.5 s: sending"},
        {PROGRESS_SENDING, 500000, 1000000, 2500,
         "1.5 s: sending [##########          ] 0.5 of 1.0 MB"},
        {PROGRESS_RECEIVING, 30000000, -1, 1500, "0.5 s: receiving 30 MB"},
        {PROGRESS_RECEIVING, 9000000, 8388608, 1500,
         "0.5 s: receiving [####################] 9.0 of 8.4 MB"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[PROGRESS_LINE];
        struct progress progress = at(cases[i].phase, cases[i].done, cases[i].total);
        progress_text(&progress, cases[i].now, 79, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_narrow_terminal_cuts_it(void **state)
{
    char text[PROGRESS_LINE];
    struct progress progress = at(PROGRESS_RUNNING, 0, 0);
    (void)state;
    progress_text(&progress, 1500, 8, text);
    assert_string_equal(text, "0.5 s: t");
}

static void nothing_is_drawn_without_a_terminal(void **state)
{
    FILE *out = tmpfile();
    struct progress progress;
    (void)state;
    progress_init(&progress, out);
    progress.began_at = 0;
    progress_draw(&progress);
    progress_clear(&progress);
    assert_int_equal(ftell(out), 0);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_says_what_goes_on),
        cmocka_unit_test(a_narrow_terminal_cuts_it),
        cmocka_unit_test(nothing_is_drawn_without_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
