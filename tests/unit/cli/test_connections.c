/* What to connect to: options, connections by name, variables. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connections.h"

static char folder[] = "/tmp/standpy-connections-XXXXXX";

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(path_of(name), "we");
    fputs(text, file);
    fclose(file);
    chmod(path_of(name), mode);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    mkdir(path_of("standpy"), 0700);
    write_file("token", "  secret\n", 0600);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("token"));
    unlink(path_of("standpy/connections.json"));
    rmdir(path_of("standpy"));
    return rmdir(folder);
}

/* The tests' own environment */
static char *variables[8][2];

static char *variable(const char *name)
{
    for (size_t i = 0; variables[i][0]; i++) {
        if (strcmp(variables[i][0], name) == 0)
            return variables[i][1];
    }
    return NULL;
}

static void set(size_t place, const char *name, const char *text)
{
    variables[place][0] = (char *)(uintptr_t)name;
    variables[place][1] = (char *)(uintptr_t)text;
    variables[place + 1][0] = NULL;
}

/* Endpoint, token and authority in one text; the sentence if there is none. */
static const char *found(const struct connection_options *options)
{
    static char text[4096];
    struct connection connection;
    struct sentence why = {""};
    if (!connection_find(&connection, options, variable, &why)) {
        snprintf(text, sizeof(text), "%s", why.text);
        assert_null(connection.token);
        return text;
    }
    snprintf(text, sizeof(text), "%s %s %s", connection.endpoint,
             connection.token ? connection.token : "-",
             connection.cacert ? connection.cacert : "-");
    connection_finish(&connection);
    return text;
}

#define FOUND(...) found(&(struct connection_options){__VA_ARGS__})

static void connections_by_name(void **state)
{
    (void)state;
    set(0, "XDG_CONFIG_HOME", folder);
    set(1, "STANDPY_ENDPOINT", "http://never");
    set(2, "HOME", folder);
    write_file("standpy/connections.json",
               "{\"p\": {\"endpoint\": \"http://r/e\", \"token_file\": \"~/token\"},"
               " \"t\": {\"endpoint\": \"http://r/t\", \"token\": \"x\", \"cacert\": \"~/ca\"}}",
               0600);
    char expected[256];
    assert_string_equal(FOUND(.name = "p"), "http://r/e secret -");
    snprintf(expected, sizeof(expected), "http://r/t x %s/ca", folder);
    assert_string_equal(FOUND(.name = "t"), expected);
    assert_string_equal(FOUND(.name = "t", .endpoint = "http://o", .cacert = "other"),
                        "http://o x other");
    assert_string_equal(FOUND(.name = "t", .token_file = "~/token", .cacert = "c"),
                        "http://r/t secret c");

    char *names = NULL;
    size_t size;
    struct sentence why;
    FILE *out = open_memstream(&names, &size);
    assert_true(connection_names(out, variable, &why));
    fclose(out);
    assert_string_equal(names, "p\nt\n");
    free(names);
}

static void variables_count_without_a_name(void **state)
{
    (void)state;
    char token[256];
    snprintf(token, sizeof(token), "%s", path_of("token"));
    set(0, "STANDPY_ENDPOINT", "http://r/v");
    set(1, "STANDPY_TOKEN_FILE", token);
    set(2, "STANDPY_TOKEN", "");
    set(3, "STANDPY_CACERT", "ca");
    assert_string_equal(FOUND(0), "http://r/v secret ca");
    set(2, "STANDPY_TOKEN", "x");
    assert_string_equal(FOUND(0), "there are a token and a file of one; leave one out");
    set(1, "STANDPY_TOKEN_FILE", "");
    set(2, "STANDPY_TOKEN", "x");
    assert_string_equal(FOUND(0), "http://r/v x -");
    set(0, "STANDPY_ENDPOINT", "");
    assert_string_equal(FOUND(0),
                        "there is no endpoint: set STANDPY_ENDPOINT, or name a connection");
}

static void files_of_tokens_that_are_none(void **state)
{
    (void)state;
    char wrong[256];
    set(0, "STANDPY_ENDPOINT", "http://r/v");
    assert_string_equal(FOUND(.token_file = "/none"),
                        "the token's file /none cannot be read: No such file or directory");
    snprintf(wrong, sizeof(wrong), "the token's file %s cannot be read: Is a directory", folder);
    assert_string_equal(FOUND(.token_file = folder), wrong);
    const char *const texts[][2] = {{" \n", "is empty"}, {"hidden\xff", "is no text"}};
    for (size_t i = 0; i < 2; i++) {
        write_file("token", texts[i][0], 0600);
        const char *said = FOUND(.token_file = path_of("token"));
        assert_non_null(strstr(said, texts[i][1]));
        assert_null(strstr(said, "hidden"));
    }
    write_file("token", "one\ntwo\n", 0600);
    assert_string_equal(FOUND(.token_file = path_of("token")), "http://r/v one\ntwo -");
    write_file("token", "  secret\n", 0600);
}

static void connections_that_are_none(void **state)
{
    (void)state;
    const struct {
        const char *text;
        mode_t mode;
        const char *says;
    } cases[] = {
        {"{\"a\": {\"endpoint\": \"http://r\"}, \"B\": {}}", 0600, "there is B, a"},
        {"{}", 0600, "there is none"},
        {"{\"p\": {\"endpoint\": \"http://r\", \"token\": \"hidden\"}}", 0644, "chmod 600"},
        {"{\"p\": {\"endpoint\": 5}}", 0600,
         "the connection 'p' has 'endpoint', which is not a string named endpoint, token, "
         "token_file, cacert"},
        {"{\"p\": {\"end\": \"x\"}}", 0600, "'end'"},
        {"{\"p\": {\"endpoint\": \"a\\u0000b\"}}", 0600, "no JSON"},
        {"{\"p\": {}}", 0600, "no endpoint"},
        {"{\"p\": {\"endpoint\": \"http://r\", \"token\": \"a\", \"token_file\": \"b\"}}", 0600,
         "leave one out"},
        {"{\"p\": {\"endpoint\": \"http://r\", \"token_file\": \"/none\"}}", 0600,
         "cannot be read"},
        {"{\"p\": {\"token\": hidden}}", 0600, "no JSON: it is wrong in line 1, column"},
        {"[", 0600, "no JSON"},
        {"[]", 0600, "no connection 'p'"},
        {"5", 0600, "no connection 'p'"},
    };
    set(0, "XDG_CONFIG_HOME", folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_file("standpy/connections.json", cases[i].text, cases[i].mode);
        const char *said = FOUND(.name = "p");
        if (!strstr(said, cases[i].says))
            fail_msg("%s: %s", cases[i].text, said);
        assert_null(strstr(said, "hidden"));
    }
}

static void there_may_be_no_connections(void **state)
{
    (void)state;
    struct sentence why = {""};
    set(0, "XDG_CONFIG_HOME", "/none");
    assert_string_equal(FOUND(.name = "p"),
                        "there is no connection 'p': /none/standpy/connections.json "
                        "cannot be read (No such file or directory)");
    assert_false(connection_names(stdout, variable, &why));
    assert_non_null(strstr(why.text, "cannot be read"));
    set(0, "HOME", "/home/none");
    assert_non_null(strstr(FOUND(.name = "p"), "/home/none/.config/standpy/connections.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_by_name),
        cmocka_unit_test(variables_count_without_a_name),
        cmocka_unit_test(files_of_tokens_that_are_none),
        cmocka_unit_test(connections_that_are_none),
        cmocka_unit_test(there_may_be_no_connections),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
