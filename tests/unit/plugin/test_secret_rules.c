#include "test.h"

#include "secret_rules.h"

static void assert_hidden(const struct secret_rules *rules, const char *variable, bool hidden)
{
    if (secret_is_hidden(rules, slice_of(variable)) != hidden)
        fail_msg("%s is%s hidden", variable, hidden ? " not" : "");
}

static void what_looks_like_a_secret_is_hidden(void **state)
{
    (void)state;
    const struct secret_rules rules = {.guess = true};
    const char *const secrets[] = {
        "SERVICE_TOKEN=x",
        "token=x",
        "AWS_SECRET_ACCESS_KEY=x",
        "PGPASSWORD=x",
        "MYSQL_PWD=x",
        "SMTP_PASS=x",
        "SENTRY_DSN=x",
        "DATABASE_URL=sqlite:///x",
        "APP_DATABASE_URL=x",
        "FERNET_KEY=x",
        "Api_Key=x",
        "SECRET=",
        "REDIS_URL=redis://:word@host:6379/0",
        "BROKER=amqp://user:word@host//",
        "AZURE_STORAGE_CONNECTION_STRING=x",
    };
    const char *const harmless[] = {
        "PATH=/usr/bin",
        "PWD=/tmp",
        "OLDPWD=/",
        "KEYBOARD=de",
        "COMPASS=n",
        "TOKENIZERS_PARALLELISM=false",
        "MAX_TOKENS=512",
        "PARTITION_KEY=region",
        "TABLE_PRIMARY_KEY=id",
        "SSH_PUBLIC_KEY=ssh-ed25519",
        "URL=https://host/path",
        "URL=https://user@host:8080/a:b@c",
        "https_proxy=http://user:word@proxy:3128",
        "HOSTKEY=x",
        "EMPTY=",
        "no variable",
    };
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        assert_hidden(&rules, secrets[i], true);
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
        assert_hidden(&rules, harmless[i], false);
}

static void the_administrator_says_otherwise(void **state)
{
    (void)state;
    const struct secret_rules rules = {
        .keep = "MODEL_KEY,B_TOKEN", .hide = "LICENSE,C", .guess = true};
    assert_hidden(&rules, "MODEL_KEY=x", false);
    assert_hidden(&rules, "B_TOKEN=x", false);
    assert_hidden(&rules, "OTHER_MODEL_KEY=x", true);
    assert_hidden(&rules, "MODEL_KEY2_TOKEN=x", true);
    assert_hidden(&rules, "LICENSE=x", true);
    assert_hidden(&rules, "C=x", true);
    assert_hidden(&rules, "LICENSES=x", false);
}

static void without_a_sandbox_only_what_is_named_is_hidden(void **state)
{
    (void)state;
    const struct secret_rules rules = {.hide = "LICENSE", .guess = false};
    assert_hidden(&rules, "SERVICE_TOKEN=x", false);
    assert_hidden(&rules, "LICENSE=x", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_looks_like_a_secret_is_hidden),
        cmocka_unit_test(the_administrator_says_otherwise),
        cmocka_unit_test(without_a_sandbox_only_what_is_named_is_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
