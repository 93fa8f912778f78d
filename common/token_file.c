#include "token_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokens.h"
#include "value.h"

struct reading {
    char *text; /* TOKEN_FILE_LIMIT + 1 bytes */
    size_t length;
    char *why;
    size_t capacity;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct reading *reading,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->why, reading->capacity, format, arguments);
    va_end(arguments);
    return false;
}

/* name: "/" and the file's name if it is in a folder, else "". */
static bool refuse_file(struct reading *reading, const char *name, int error)
{
    if (error == EACCES || error == EPERM)
        return refuse(reading, "%.100s: user %d may not read it: %s", name, (int)geteuid(),
                      strerror(error));
    return refuse(reading, "%.100s: %s", name, strerror(error));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Turns lines into items of a list, without the blanks around them. */
static void join_lines(char *text, size_t *length)
{
    size_t out = 0;
    for (size_t at = 0; at < *length; at++) {
        if (text[at] == '\n') {
            while (out > 0 && is_blank(text[out - 1]))
                out--;
            text[out++] = ',';
        } else if ((text[at] != ' ' && text[at] != '\t') || (out > 0 && text[out - 1] != ',')) {
            text[out++] = text[at];
        }
    }
    text[out] = '\0';
    *length = out;
}

static bool take_text(struct reading *reading, const char *name, size_t from)
{
    size_t end = reading->length;
    while (end > from && is_blank(reading->text[end - 1]))
        end--;
    reading->text[end] = '\0';
    if (strlen(reading->text + from) != end - from)
        return refuse(reading, "%.100s: it is not text", name);
    size_t length = end - from;
    join_lines(reading->text + from, &length);
    reading->length = from + length;
    return tokens_are(reading->text + from) ||
           refuse(reading, "%.100s is not allowed: " TOKENS_ALLOWED, name);
}

/* Appends the tokens of an open file. */
static bool read_stream(struct reading *reading, FILE *file, const char *name)
{
    if (reading->length > 0)
        reading->text[reading->length++] = ',';
    size_t from = reading->length, room = TOKEN_FILE_LIMIT + 1 - from;
    size_t got = fread(reading->text + from, 1, room, file);
    int error = ferror(file) ? errno : 0;
    if (error != 0)
        return refuse_file(reading, name, error);
    if (got == room)
        return refuse(reading, ": more than %d bytes", TOKEN_FILE_LIMIT);
    reading->length = from + got;
    return take_text(reading, name, from);
}

static bool read_one(struct reading *reading, const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse_file(reading, name, errno);
    bool read = read_stream(reading, file, name);
    fclose(file);
    return read;
}

/* Kubernetes makes hidden files beside the keys of a secret, and editors make some too. */
static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool read_entry(struct reading *reading, const char *folder, const char *name)
{
    char path[4096 + 256];
    struct stat status;
    int length = snprintf(path, sizeof(path), "%.4095s/%s", folder, name);
    name = path + length - strlen(name) - 1; /* with its slash */
    if (stat(path, &status) != 0)
        return refuse_file(reading, name, errno);
    return !S_ISREG(status.st_mode) || read_one(reading, path, name);
}

static bool read_folder(struct reading *reading, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return refuse_file(reading, "", errno);
    bool read = true;
    for (int i = 0; i < count; i++) {
        read = read && read_entry(reading, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return read && (reading->length > 0 || refuse(reading, ": there is no file in this folder"));
}

bool token_file_read(const char *path, char text[TOKEN_FILE_LIMIT + 1], char *why, size_t capacity)
{
    struct reading reading = {.text = text, .why = why, .capacity = capacity};
    struct stat status;
    text[0] = '\0';
    if (stat(path, &status) != 0)
        return refuse_file(&reading, "", errno);
    return S_ISDIR(status.st_mode) ? read_folder(&reading, path) : read_one(&reading, path, "");
}

bool token_file_take(const char *variable, const char *path, char text[TOKEN_FILE_LIMIT + 1],
                     struct setting_error error)
{
    char why[400], shown[VALUE_SHOWN];
    const char *flaw = value_flaw(path);
    if (flaw)
        return setting_refuse_value(error, variable, path, flaw);
    return token_file_read(path, text, why, sizeof(why)) ||
           setting_refuse(error, "%s=%s%s", variable, value_shown(shown, path), why);
}
