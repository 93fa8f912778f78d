#include "test.h"

#include <netinet/in.h>

#include "silent.h"

static void join(struct silent_set *set, struct silent_member *member, uint32_t address)
{
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    silent_add(set, member, (const struct sockaddr *)(const void *)&from);
}

static void the_oldest_silent_one_of_who_has_too_many_is_known(void **state)
{
    (void)state;
    static struct silent_set set;
    static struct silent_member members[100];
    join(&set, &members[0], 1);
    for (size_t i = 1; i < 100; i++)
        join(&set, &members[i], 2);
    join(&set, &members[5], 1); /* it is already in the set */
    assert_int_equal(set.count, 100);
    assert_ptr_equal(set.oldest, &members[0]);
    assert_null(silent_excess(&members[0], 1));
    assert_null(silent_excess(&members[50], 99));
    assert_ptr_equal(silent_excess(&members[50], 98), &members[1]);
    silent_remove(&set, &members[1]);
    silent_remove(&set, &members[1]);
    assert_null(silent_excess(&members[50], 98));
    assert_ptr_equal(silent_excess(&members[50], 97), &members[2]);
    for (size_t i = 0; i < 100; i++)
        silent_remove(&set, &members[i]);
    assert_int_equal(set.count, 0);
    assert_null(set.oldest);
}

static void hosts_of_ipv6_count_as_one_by_their_prefix(void **state)
{
    (void)state;
    static struct silent_set set;
    static struct silent_member members[3];
    struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0x20, 1, 0xd, 0xb8}};
    for (size_t i = 0; i < 3; i++) {
        from.sin6_addr.s6_addr[15] = (uint8_t)i;
        from.sin6_addr.s6_addr[7] = i == 2;
        silent_add(&set, &members[i], (const struct sockaddr *)(const void *)&from);
    }
    assert_ptr_equal(silent_excess(&members[1], 1), &members[0]);
    assert_null(silent_excess(&members[2], 1));
    for (size_t i = 0; i < 3; i++)
        silent_remove(&set, &members[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_silent_one_of_who_has_too_many_is_known),
        cmocka_unit_test(hosts_of_ipv6_count_as_one_by_their_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
