#include "test.h"

#include "tokens.h"

static void tokens_in_quotes_are_none(void **state)
{
    (void)state;
    assert_true(tokens_are("a"));
    assert_true(tokens_are("a, b"));
    assert_true(tokens_are("\"a"));
    assert_false(tokens_are("\"a\""));
    assert_false(tokens_are("a,"));
    assert_false(tokens_are(""));
    assert_false(tokens_are("a b"));
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

static void a_token_may_be_the_password_of_basic(void **state)
{
    (void)state;
    struct tokens tokens = {0};
    assert_true(tokens_add(&tokens, "secret, other"));
    assert_true(tokens_allow_basic(&tokens, slice_of("Basic YW55OnNlY3JldA==")));  /* any:secret */
    assert_true(tokens_allow_basic(&tokens, slice_of("basic OnNlY3JldA==")));      /* :secret */
    assert_true(tokens_allow_basic(&tokens, slice_of("Basic YTpvdGhlcg==")));      /* a:other */
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic c2VjcmV0Og==")));     /* secret: */
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic c2VjcmV0")));         /* secret */
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic YW55OnNlY3JldHM="))); /* any:secrets */
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic YW55OnNlY3JldA=")));  /* padding */
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic YW55OnNlY3JldA===")));
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic YW55O!NlY3JldA==")));
    assert_false(tokens_allow_basic(&tokens, slice_of("Basic ")));
    assert_false(tokens_allow_basic(&tokens, slice_of("Bearer secret")));
    assert_false(tokens_allow_basic(&tokens, (struct slice){NULL, 0}));
    assert_false(tokens_allow(&tokens, slice_of("Basic YW55OnNlY3JldA==")));
    char long_one[8000];
    memset(long_one, 'A', sizeof(long_one));
    memcpy(long_one, "Basic ", 6);
    assert_false(tokens_allow_basic(&tokens, (struct slice){long_one, sizeof(long_one) - 2}));
    assert_true(tokens_allow_basic(&(struct tokens){0}, (struct slice){NULL, 0}));
    tokens_free(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_in_quotes_are_none),
        cmocka_unit_test(only_the_tokens_are_let_in),
        cmocka_unit_test(a_token_may_be_the_password_of_basic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
