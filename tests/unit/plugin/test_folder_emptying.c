/* zygote/folder_emptying.c, random_name.c: on a real folder. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder_emptying.h"
#include "random_name.h"

static char path[] = "/tmp/standpy-test-XXXXXX";

static int make_folder(void **state)
{
    *state = NULL;
    strcpy(path + sizeof(path) - 7, "XXXXXX");
    return mkdtemp(path) ? 0 : -1;
}

static DIR *open_it(void)
{
    DIR *folder = folder_open(AT_FDCWD, path);
    assert_non_null(folder);
    return folder;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *folder = open_it();
    folder_empty(folder, NULL, SIZE_MAX);
    closedir(folder);
    return rmdir(path);
}

static void write_file(DIR *folder, const char *name, size_t length)
{
    int file = openat(dirfd(folder), name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(posix_fallocate(file, 0, (off_t)length + 1), 0);
    close(file);
}

static size_t count(DIR *folder)
{
    size_t entries = 0;
    rewinddir(folder);
    while (folder_next(folder))
        entries++;
    return entries;
}

static void folders_too_deep_for_a_path_are_emptied(void **state)
{
    (void)state;
    DIR *folder = open_it();
    int at = dup(dirfd(folder));
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdirat(at, "deep", 0700), 0);
        int next = openat(at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
    }
    close(at);
    struct emptied emptied = folder_empty(folder, NULL, SIZE_MAX);
    assert_int_equal(emptied.failure, 0);
    assert_int_equal(count(folder), 0);
    closedir(folder);
}

static void folders_that_were_closed_are_emptied(void **state)
{
    (void)state;
    DIR *folder = open_it();
    assert_int_equal(mkdirat(dirfd(folder), "closed", 0700), 0);
    DIR *closed = folder_open(dirfd(folder), "closed");
    write_file(closed, "file", 0);
    fchmod(dirfd(closed), 0);
    closedir(closed);
    fchmod(dirfd(folder), 0);
    closedir(folder);
    folder = open_it();
    assert_int_equal(folder_empty(folder, NULL, SIZE_MAX).failure, 0);
    assert_int_equal(count(folder), 0);
    closedir(folder);
}

static void a_link_is_removed_and_not_followed(void **state)
{
    (void)state;
    DIR *folder = open_it();
    assert_int_equal(mkdirat(dirfd(folder), "kept", 0700), 0);
    DIR *kept = folder_open(dirfd(folder), "kept");
    write_file(kept, "file", 0);
    assert_int_equal(symlinkat("kept", dirfd(folder), "link"), 0);
    assert_null(folder_open(dirfd(folder), "link"));
    assert_int_equal(folder_empty(folder, "kept", SIZE_MAX).failure, 0);
    assert_int_equal(count(folder), 1);
    assert_int_equal(count(kept), 1);
    closedir(kept);
    closedir(folder);
}

static void no_more_is_removed_than_is_allowed(void **state)
{
    (void)state;
    DIR *folder = open_it();
    char name[16];
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "%d", i);
        write_file(folder, name, 0);
    }
    assert_int_equal(folder_empty(folder, NULL, 5).left, 0);
    assert_true(count(folder) > 0);
    assert_true(folder_empty(folder, NULL, 100).left > 0);
    assert_int_equal(count(folder), 0);
    write_file(folder, "large", 1 << 20); /* counts as 16 more */
    assert_int_equal(folder_empty(folder, NULL, 10).left, 0);
    assert_int_equal(count(folder), 1);
    closedir(folder);
}

static void random_names_are_never_the_same(void **state)
{
    (void)state;
    char one[RANDOM_NAME], other[RANDOM_NAME];
    assert_true(random_name(one) && random_name(other));
    assert_int_equal(strlen(one), RANDOM_NAME - 1);
    assert_int_equal(strspn(one, "0123456789abcdef"), RANDOM_NAME - 1);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folders_too_deep_for_a_path_are_emptied, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(folders_that_were_closed_are_emptied, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_link_is_removed_and_not_followed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(no_more_is_removed_than_is_allowed, make_folder,
                                        remove_folder),
        cmocka_unit_test(random_names_are_never_the_same),
    };
    return cmocka_run_group_tests_name("folder_emptying", tests, NULL, NULL);
}
