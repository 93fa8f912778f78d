/* Which requests may pass, and how the others are refused. */
#include "test.h"

#include "admission.h"

static char token[] = "secret", *tokens[] = {token}, guarded_name[] = "guarded",
            open_name[] = "open";
static struct engine engines[] = {{.name = guarded_name, .tokens = {.list = tokens, .count = 1}},
                                  {.name = open_name}};
static const struct settings settings = {
    .engines = engines, .engine_count = 2, .request_size_limit = 100};

/* Names and values in turn, up to a NULL. */
static const char *const host_only[] = {"Host", "a", NULL};

static void each_field(void *source, bool (*visit)(void *, const char *, const char *),
                       void *context)
{
    for (const char *const *field = source; *field; field += 2)
        visit(context, field[0], field[1]);
}

static struct request_head head_of(const char *method, const char *target,
                                   const char *const *fields)
{
    return (struct request_head){.method = method,
                                 .version = "HTTP/1.1",
                                 .target = target,
                                 .is_strict = true,
                                 .each_field = each_field,
                                 .source = (void *)(uintptr_t)fields};
}

static struct admission admission;
static struct refusal refusal;

static enum step decide(const struct request_head *head)
{
    admission = (struct admission){.body_length = -1};
    return admission_decide(&settings, head, false, &admission, &refusal);
}

static void assert_refused(const struct request_head *head, enum problem_kind kind,
                           const char *detail)
{
    assert_int_equal(decide(head), STEP_REFUSE);
    assert_int_equal(refusal.kind, kind);
    assert_string_equal(refusal.detail, detail);
}

static void a_request_goes_to_the_engine_that_its_path_names(void **state)
{
    (void)state;
    const char *const fields[] = {"Host", "a", "Content-Length", "100", NULL};
    struct request_head head = head_of("POST", "/open/execute?x=1", fields);
    assert_int_equal(decide(&head), STEP_TAKE);
    assert_ptr_equal(admission.engine, &engines[1]);
    assert_string_equal(admission.engine_target, "/execute?x=1");
    assert_int_equal(admission.body_length, 100);
    assert_true(admission.is_limited);
    assert_false(admission.is_chunked);
}

static void what_an_engine_answers_beside_its_workers_takes_none(void **state)
{
    (void)state;
    struct request_head head = head_of("GET", "/open/info", host_only);
    assert_int_equal(decide(&head), STEP_TAKE);
    assert_false(admission.is_limited);
    assert_int_equal(admission.body_length, -1);
}

static void a_chunked_body_has_no_length(void **state)
{
    (void)state;
    const char *const fields[] = {"Host", "a", "Transfer-Encoding", "chunked", NULL};
    struct request_head head = head_of("POST", "/open/execute", fields);
    assert_int_equal(decide(&head), STEP_TAKE);
    assert_true(admission.is_chunked);
    assert_int_equal(admission.body_length, -1);
}

static void the_routers_own_paths_are_read_only(void **state)
{
    (void)state;
    struct request_head get = head_of("GET", "/metrics", host_only);
    assert_int_equal(decide(&get), STEP_TAKE);
    assert_int_equal(admission.kind, ROUTE_METRICS);
    assert_null(admission.engine);
    struct request_head post = head_of("POST", "/metrics", host_only);
    assert_refused(&post, PROBLEM_METHOD_NOT_ALLOWED, "the method is not allowed here");
    assert_string_equal(refusal.allow, "GET, HEAD");
}

static void an_unknown_method_is_told_which_there_are(void **state)
{
    (void)state;
    struct request_head head = head_of("BREW", "/open/execute", host_only);
    assert_refused(&head, PROBLEM_METHOD_NOT_ALLOWED, "the method is not allowed here");
    assert_string_equal(refusal.allow, "GET, HEAD, POST");
}

static void an_unknown_path_says_what_a_path_is(void **state)
{
    (void)state;
    struct request_head head = head_of("POST", "/other/execute", host_only);
    assert_refused(&head, PROBLEM_NOT_FOUND,
                   "there is no such engine or path; a path is /<engine>/execute, /<engine>/info "
                   "or /<engine>/healthz");
    assert_null(admission.engine);
}

static void a_guarded_engine_wants_its_token(void **state)
{
    (void)state;
    struct request_head head = head_of("POST", "/guarded/execute", host_only);
    assert_refused(&head, PROBLEM_UNAUTHORIZED,
                   "the engine guarded wants a token: Authorization: Bearer <token>");
    assert_ptr_equal(admission.engine, &engines[0]); /* for the log and the metrics */
    head.authorization = "Bearer wrong";
    assert_refused(&head, PROBLEM_UNAUTHORIZED, "the token is wrong");
    head.authorization = "Bearer secret";
    assert_int_equal(decide(&head), STEP_TAKE);
}

static void a_body_over_the_limit_is_refused_before_it_comes(void **state)
{
    (void)state;
    const char *const fields[] = {"Host", "a", "Content-Length", "101", NULL};
    struct request_head head = head_of("POST", "/open/execute", fields);
    assert_refused(&head, PROBLEM_TOO_LARGE, "the request has 101 bytes; the limit is 100 bytes");
    assert_int_equal(admission.body_length, 101);
}

/* A request that no engine would get is refused before its token is checked, so the answer reveals
 * nothing about the token. */
static void a_router_that_ends_takes_nothing_and_says_when_to_come_again(void **state)
{
    (void)state;
    struct request_head head = head_of("POST", "/guarded/execute", host_only);
    admission = (struct admission){.body_length = -1};
    assert_int_equal(admission_decide(&settings, &head, true, &admission, &refusal), STEP_REFUSE);
    assert_int_equal(refusal.kind, PROBLEM_UNAVAILABLE);
    assert_int_equal(refusal.retry_after, 1);
}

static void nothing_is_read_behind_a_head_that_is_not_clear(void **state)
{
    (void)state;
    const char *const both[] = {"Host",    "a", "Content-Length", "3", "Transfer-Encoding",
                                "chunked", NULL};
    struct request_head head = head_of("POST", "/open/execute", both);
    assert_int_equal(decide(&head), STEP_REFUSE);
    assert_int_equal(refusal.kind, PROBLEM_MALFORMED_REQUEST);
    assert_true(refusal.ends_connection);
    head = head_of("POST", "/open/execute", host_only);
    head.is_strict = false;
    assert_refused(
        &head, PROBLEM_MALFORMED_REQUEST,
        "a line of the head has a NUL, continues on the next line, or does not end with CRLF");
    assert_true(refusal.ends_connection);
    head = head_of("POST", "/open/a b", host_only);
    assert_refused(&head, PROBLEM_MALFORMED_REQUEST,
                   "the path or query has a control character, a space or a #");
    assert_true(refusal.ends_connection);
}

static void a_path_that_is_too_long_is_refused_for_that(void **state)
{
    (void)state;
    char target[MAX_TARGET + 1] = "/open/";
    memset(target + 6, 'a', sizeof(target) - 7);
    target[sizeof(target) - 1] = '\0';
    struct request_head head = head_of("GET", target, host_only);
    assert_refused(&head, PROBLEM_MALFORMED_REQUEST, "the path is longer than 4095 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_goes_to_the_engine_that_its_path_names),
        cmocka_unit_test(what_an_engine_answers_beside_its_workers_takes_none),
        cmocka_unit_test(a_chunked_body_has_no_length),
        cmocka_unit_test(the_routers_own_paths_are_read_only),
        cmocka_unit_test(an_unknown_method_is_told_which_there_are),
        cmocka_unit_test(an_unknown_path_says_what_a_path_is),
        cmocka_unit_test(a_guarded_engine_wants_its_token),
        cmocka_unit_test(a_body_over_the_limit_is_refused_before_it_comes),
        cmocka_unit_test(a_router_that_ends_takes_nothing_and_says_when_to_come_again),
        cmocka_unit_test(nothing_is_read_behind_a_head_that_is_not_clear),
        cmocka_unit_test(a_path_that_is_too_long_is_refused_for_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
