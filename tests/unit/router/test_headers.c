#include "test.h"

#include "headers.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hop_by_hop_fields_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
