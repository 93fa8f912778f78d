#include "secrets.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Overwrites the values of secrets in a block of NAME=value strings, each with a null after it. */
static void wipe_block(char *block, const char *end, const struct secret_rules *rules)
{
    while (block < end) {
        size_t length = strnlen(block, (size_t)(end - block));
        const char *equals = memchr(block, '=', length);
        if (equals && secret_is_hidden(rules, (struct slice){block, length}))
            explicit_bzero(block + (equals + 1 - block), length - (size_t)(equals + 1 - block));
        block += length + 1;
    }
}

/* Wipes the place where the kernel put the environment at the start: fields 50 and 51 of
 * proc_pid_stat(5). */
static void wipe_initial_environment(const struct secret_rules *rules)
{
    char text[2048];
    unsigned long from = 0, to = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *fields = strrchr(text, ')'); /* the second field may hold anything */
    for (int number = 2; fields && number < 50; number++)
        fields = strchr(fields + 1, ' ');
    if (fields && sscanf(fields, "%lu %lu", &from, &to) == 2 && from < to)
        wipe_block((char *)from, (const char *)to, rules);
}

void secrets_hide(const struct secret_rules *rules, char *names, size_t capacity)
{
    size_t written = 0;
    names[0] = '\0';
    for (size_t i = 0; environ[i];) {
        char *entry = environ[i];
        size_t length = strcspn(entry, "=");
        if (entry[length] != '=' || !secret_is_hidden(rules, slice_of(entry))) {
            i++;
            continue;
        }
        char name[128];
        snprintf(name, sizeof(name), "%.*s", length < 127 ? (int)length : 127, entry);
        int added =
            snprintf(names + written, capacity - written, "%s%s", written ? ", " : "", name);
        if (added > 0 && written + (size_t)added < capacity)
            written += (size_t)added;
        explicit_bzero(entry + length + 1, strlen(entry + length + 1));
        if (unsetenv(name) != 0 || environ[i] == entry)
            i++; /* too long for our buffer, so it stays; its value is already wiped */
    }
    wipe_initial_environment(rules); /* uWSGI works on a copy */
}
