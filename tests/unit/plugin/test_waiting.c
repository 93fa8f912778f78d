#include "test.h"

#include "waiting.h"
#include "work.h"

static void work_waits_first_come_first_served(void **state)
{
    (void)state;
    struct waiting waiting = {0};
    struct work works[3] = {0};
    for (int i = 0; i < 3; i++)
        waiting_add(&waiting, &works[i]);
    waiting_remove(&waiting, &works[1]);
    assert_int_equal(waiting.count, 2);
    assert_ptr_equal(waiting.first, &works[0]);
    assert_ptr_equal(waiting.first->next, &works[2]);
    waiting_remove(&waiting, &works[2]);
    assert_ptr_equal(waiting.last, &works[0]);
    waiting_remove(&waiting, &works[0]);
    assert_null(waiting.first);
    assert_null(waiting.last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_waits_first_come_first_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
