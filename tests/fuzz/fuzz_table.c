/* Tables on a terminal: nothing in them controls it, and no line is wider. The first byte is the
 * width. */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t length)
{
    for (size_t at = 0, step; at < length; at += step) {
        step = utf8_sequence(text + at, length - at);
        if (step == 0)
            abort();
        uint32_t character = utf8_character(text + at, step);
        if ((character < 0x20 && character != '\n') || (character >= 0x7f && character < 0xa0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    setlocale(LC_CTYPE, "C.UTF-8");
    char *text = NULL;
    size_t length = 0;
    FILE *csv = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    FILE *out = open_memstream(&text, &length);
    if (!csv || !out || !table_write(csv, out, (struct table_room){data[0], 4}))
        abort();
    fclose(csv);
    fclose(out);
    check(text, length);
    free(text);
    return 0;
}
