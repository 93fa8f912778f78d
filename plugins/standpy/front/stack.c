#include "stack.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define THREAD_LINE  "Thread 0x"
#define CURRENT_LINE "Current thread 0x" /* the thread that wrote the dump */
#define FRAME_LINE   "  File \""
#define OWN_FILE     "<standpy>/"
#define SCRIPT_NAME  "/script.py"
#define SCRATCH_NAME "standpy-"
#define MAX_FRAMES   128 /* faulthandler writes 100 at most */

/* The block of one thread: its frames, most recent first. */
struct block {
    uint64_t thread;
    struct slice frames[MAX_FRAMES]; /* whole lines, without newlines */
    size_t frame_count;
};

static bool starts_with(struct slice text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.data, prefix, length) == 0;
}

static struct slice next_line(struct slice *rest)
{
    const char *newline = memchr(rest->data, '\n', rest->length);
    size_t length = newline ? (size_t)(newline - rest->data) : rest->length;
    struct slice line = {rest->data, length};
    size_t skip = newline ? length + 1 : length;
    rest->data += skip;
    rest->length -= skip;
    return line;
}

static bool begins_block(struct slice line)
{
    return starts_with(line, THREAD_LINE) || starts_with(line, CURRENT_LINE);
}

static uint64_t thread_of(struct slice line)
{
    uint64_t number = 0;
    size_t skip = strlen(starts_with(line, THREAD_LINE) ? THREAD_LINE : CURRENT_LINE);
    for (size_t i = skip; i < line.length; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = line.data[i] ? strchr(digits, line.data[i]) : NULL;
        if (!digit)
            break;
        number = number << 4 | (uint64_t)(digit - digits);
    }
    return number;
}

/* Reads the next block; false at the end of the dump. */
static bool read_block(struct slice *rest, struct block *block)
{
    while (rest->length > 0) {
        struct slice line = next_line(rest);
        if (!begins_block(line))
            continue;
        block->thread = thread_of(line);
        block->frame_count = 0;
        while (rest->length > 0 && !begins_block(*rest)) {
            line = next_line(rest);
            if (starts_with(line, FRAME_LINE) && block->frame_count < MAX_FRAMES)
                block->frames[block->frame_count++] = line;
        }
        return true;
    }
    return false;
}

static struct slice file_of(struct slice frame)
{
    size_t skip = strlen(FRAME_LINE);
    return (struct slice){frame.data + skip, frame.length - skip};
}

/*
 * The text after the name of the script's file, or NULL if it is another file. The script's is
 * <tmpfs>/standpy-<engine>-<random>/script.py (files.py).
 */
static const char *after_script(struct slice file)
{
    const char *end = memchr(file.data, '"', file.length);
    size_t length = end ? (size_t)(end - file.data) : 0, name = strlen(SCRIPT_NAME);
    if (length < name || memcmp(end - name, SCRIPT_NAME, name) != 0)
        return NULL;
    const char *folder = end - name;
    while (folder > file.data && folder[-1] != '/')
        folder--;
    struct slice last = {folder, (size_t)(end - folder)};
    return starts_with(last, SCRATCH_NAME) ? end + 1 : NULL;
}

/* Turns `  File "…/script.py", line 3 in f` into `  Script, line 3, in f`, as in a traceback. */
static void write_frame(FILE *out, struct slice frame)
{
    struct slice file = file_of(frame);
    if (starts_with(file, OWN_FILE))
        return;
    const char *script = after_script(file);
    struct slice shown = frame;
    if (script) {
        fputs("  Script", out);
        shown = (struct slice){script, (size_t)(frame.data + frame.length - script)};
    }
    const char *in = NULL;
    for (size_t i = 0; i + 4 <= shown.length; i++) {
        if (memcmp(shown.data + i, " in ", 4) == 0)
            in = shown.data + i;
    }
    size_t before = in ? (size_t)(in - shown.data) : shown.length;
    fwrite(shown.data, 1, before, out);
    if (in) {
        fputc(',', out);
        fwrite(in, 1, shown.length - before, out);
    }
    fputc('\n', out);
}

static bool has_foreign_frame(const struct block *block)
{
    for (size_t i = 0; i < block->frame_count; i++) {
        if (!starts_with(file_of(block->frames[i]), OWN_FILE))
            return true;
    }
    return false;
}

static void write_block(FILE *out, const struct block *block, const char *title)
{
    fprintf(out, "%s (most recent call last):\n", title);
    for (size_t i = block->frame_count; i > 0; i--)
        write_frame(out, block->frames[i - 1]);
}

char *stack_format(struct slice dump, uint64_t thread)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    bool any = false;
    /* First the thread that ran the script, then the others. */
    for (int others = 0; others < 2; others++) {
        struct slice rest = dump;
        struct block block;
        int number = 0;
        while (read_block(&rest, &block)) {
            if ((block.thread == thread) == (others == 1) || !has_foreign_frame(&block))
                continue;
            char title[32] = "Traceback";
            if (others == 1)
                snprintf(title, sizeof(title), "%sThread %d", any ? "\n" : "", ++number);
            write_block(out, &block, title);
            any = true;
        }
    }
    bool written = fclose(out) == 0;
    if (any && written)
        return text;
    free(text);
    return NULL;
}

const char *stack_phase(struct slice dump, uint64_t thread)
{
    static const struct {
        const char *frame, *function, *phase;
    } phases[] = {
        {"<standpy>/script.py\"", " in load", "parse"},
        {"<standpy>/script.py\"", " in _compile", "parse"},
        {"<standpy>/inputs.py\"", " in decode", "inputs"},
        {"<standpy>/outputs.py\"", " in encode", "outputs"},
        {"<standpy>/rm_init.py\"", " in call", "init"},
    };
    struct slice rest = dump;
    struct block block;
    while (read_block(&rest, &block)) {
        for (size_t i = 0; block.thread == thread && i < block.frame_count; i++) {
            struct slice frame = block.frames[i];
            for (size_t p = 0; p < sizeof(phases) / sizeof(*phases); p++) {
                size_t function = strlen(phases[p].function);
                if (starts_with(file_of(frame), phases[p].frame) && frame.length > function &&
                    memcmp(frame.data + frame.length - function, phases[p].function, function) == 0)
                    return phases[p].phase;
            }
        }
    }
    return "run";
}
