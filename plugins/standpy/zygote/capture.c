#include "capture.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "captured.h"

static void free_text(struct slice *text)
{
    if (text->length > 0)
        free((void *)(uintptr_t)text->data);
    *text = (struct slice){"", 0};
}

static bool take_stream(int memory, struct slice *text)
{
    free_text(text);
    bool taken = captured_read(memory, text);
    if (taken && text->length == 0)
        return true; /* nothing to forget */
    return captured_reset(memory) && taken;
}

bool capture_take(struct capture *capture, struct slice *out, struct slice *err)
{
    fflush(stdout); /* what native code wrote with printf() */
    bool out_taken = take_stream(capture->out, &capture->out_text);
    bool err_taken = take_stream(capture->err, &capture->err_text);
    *out = capture->out_text;
    *err = capture->err_text;
    return out_taken && err_taken;
}

bool capture_reset(struct capture *capture)
{
    fflush(stdout);
    free_text(&capture->out_text);
    free_text(&capture->err_text);
    bool out_reset = captured_reset(capture->out);
    return captured_reset(capture->err) && out_reset;
}
