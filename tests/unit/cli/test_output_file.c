#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output_file.h"

static char folder[] = "/tmp/standpy-output-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *stream = opendir(".");
    for (struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_type != DT_DIR;
    closedir(stream);
    return count;
}

static int leave_folder(void **state)
{
    static const char *const names[] = {"file", "link", "target"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(names[i]);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void assert_content(const char *name, const char *content)
{
    char text[100];
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    size_t count = fread(text, 1, sizeof(text) - 1, file);
    text[count] = '\0';
    fclose(file);
    assert_string_equal(text, content);
}

static void write_out(const char *name, const char *content, bool commits)
{
    struct output_file output = {0};
    struct failure failure = {0};
    assert_true(output_file_prepare(&output, name, &failure));
    FILE *out = output_file_stream(&output, &failure);
    assert_non_null(out);
    fputs(content, out);
    if (commits)
        assert_true(output_file_commit(&output, &failure));
    output_file_finish(&output);
}

static mode_t mode_of(const char *name)
{
    struct stat status;
    assert_int_equal(stat(name, &status), 0);
    return status.st_mode & 07777;
}

static void a_file_is_there_once_it_is_whole(void **state)
{
    (void)state;
    umask(027);
    write_out("file", "half", false);
    assert_int_equal(count_files(), 0);
    write_out("file", "whole", true);
    assert_content("file", "whole");
    assert_int_equal(mode_of("file"), 0640);
    write_out("file", "half", false);
    assert_content("file", "whole");
    assert_int_equal(count_files(), 1);
}

static void the_mode_of_what_is_replaced_stays(void **state)
{
    (void)state;
    write_out("file", "old", true);
    chmod("file", 0604);
    write_out("file", "new", true);
    assert_content("file", "new");
    assert_int_equal(mode_of("file"), 0604);
}

static void links_stay_links(void **state)
{
    char leads_to[100] = "";
    (void)state;
    assert_int_equal(symlink("target", "link"), 0);
    write_out("link", "first", true);
    assert_content("target", "first");
    write_out("link", "second", true);
    assert_content("target", "second");
    assert_int_equal(readlink("link", leads_to, sizeof(leads_to) - 1), 6);
    assert_string_equal(leads_to, "target");
}

static void what_is_no_file_is_written_to(void **state)
{
    struct output_file output = {0};
    struct failure failure = {0};
    (void)state;
    assert_true(output_file_prepare(&output, "/dev/null", &failure));
    assert_false(output_file_is_hidden(&output));
    assert_non_null(output_file_stream(&output, &failure));
    assert_true(output_file_commit(&output, &failure));
    output_file_finish(&output);
    assert_true(mode_of("/dev/null") != 0);
}

static void what_cannot_be_written_is_named(void **state)
{
    static const char *const names[] = {".", "none/file", "/dev/null/file"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct output_file output = {0};
        struct failure failure = {0};
        assert_false(output_file_prepare(&output, names[i], &failure));
        assert_int_equal(failure.kind, FAILURE_USAGE);
        assert_ptr_equal(strstr(failure.sentence.text, names[i]), failure.sentence.text);
        output_file_finish(&output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_there_once_it_is_whole),
        cmocka_unit_test(the_mode_of_what_is_replaced_stays),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(what_is_no_file_is_written_to),
        cmocka_unit_test(what_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
