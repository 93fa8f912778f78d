#include "progress.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "monotonic.h"

#define SHORT    500       /* milliseconds: a call that takes no longer shows nothing */
#define PAUSE    100       /* milliseconds between two lines */
#define LARGE    (8 << 20) /* bytes that get a bar at once */
#define SLOW     1000      /* milliseconds after which fewer bytes get one */
#define BAR      20
#define MEGABYTE 1000000

static const char *const words[] = {
    [PROGRESS_CONNECTING] = "connecting", [PROGRESS_DIGESTING] = "reading",
    [PROGRESS_SENDING] = "sending",       [PROGRESS_RUNNING] = "the script runs",
    [PROGRESS_RECEIVING] = "receiving",   [PROGRESS_BUSY] = "the engine is busy; waiting",
};

void progress_init(struct progress *progress, FILE *out)
{
    int64_t now = monotonic_milliseconds();
    memset(progress, 0, sizeof(*progress));
    progress->out = isatty(fileno(out)) ? out : NULL;
    progress->began_at = progress->phase_began_at = now;
}

void progress_set(struct progress *progress, enum progress_phase phase, int64_t done, int64_t total)
{
    if (phase != progress->phase)
        progress->phase_began_at = monotonic_milliseconds();
    progress->phase = phase;
    progress->done = done;
    progress->total = total;
}

static bool has_bar(const struct progress *progress, int64_t now)
{
    return progress->total >= LARGE ||
           (progress->total > 0 && now - progress->phase_began_at >= SLOW);
}

/* In whole megabytes, or with a decimal while they are few. */
static int write_bytes(char *out, size_t capacity, int64_t bytes)
{
    return bytes < 10 * MEGABYTE ? snprintf(out, capacity, "%.1f", (double)bytes / MEGABYTE)
                                 : snprintf(out, capacity, "%.0f", (double)bytes / MEGABYTE);
}

static void write_bar(const struct progress *progress, char text[64])
{
    char bar[BAR + 1], done[24], total[24];
    double share = (double)progress->done / (double)progress->total;
    int full = share >= 1 ? BAR : (int)(share * BAR);
    memset(bar, ' ', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    write_bytes(done, sizeof(done), progress->done);
    write_bytes(total, sizeof(total), progress->total);
    snprintf(text, 64, " [%s] %.12s of %.12s MB", bar, done, total);
}

void progress_text(const struct progress *progress, int64_t now, unsigned width,
                   char text[PROGRESS_LINE])
{
    char bytes[64] = "", done[24];
    if (has_bar(progress, now)) {
        write_bar(progress, bytes);
    } else if (progress->done >= MEGABYTE) {
        write_bytes(done, sizeof(done), progress->done);
        snprintf(bytes, sizeof(bytes), " %s MB", done);
    }
    snprintf(text, PROGRESS_LINE, "%.1f s: %s%s", (double)(now - progress->began_at) / 1000,
             words[progress->phase], bytes);
    if (strlen(text) > width)
        text[width] = '\0';
}

static unsigned width_of(FILE *out)
{
    struct winsize size;
    bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1u : 79;
}

/* Over what stood there, in whatever terminal. */
static void write_line(struct progress *progress, const char *text)
{
    unsigned length = (unsigned)strlen(text);
    int rest = length < progress->shown ? (int)(progress->shown - length) : 0;
    fprintf(progress->out, "\r%s%*s", text, rest, "");
    progress->shown = length + (unsigned)rest;
}

void progress_draw(struct progress *progress)
{
    char text[PROGRESS_LINE];
    int64_t now = monotonic_milliseconds();
    if (!progress->out || now - progress->began_at < SHORT || now - progress->drawn_at < PAUSE)
        return;
    progress_text(progress, now, width_of(progress->out), text);
    write_line(progress, text);
    fflush(progress->out);
    progress->drawn_at = now;
}

void progress_clear(struct progress *progress)
{
    if (progress->shown == 0)
        return;
    write_line(progress, "");
    putc('\r', progress->out);
    fflush(progress->out);
    progress->shown = 0;
}
