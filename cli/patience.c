#include "patience.h"

unsigned patience_silence(const struct patience *patience)
{
    return PATIENCE_SECONDS + (patience->is_waiting ? patience->deadline : 0);
}

/* A byte now and then would keep a client for ever. */
static bool is_too_slow(const struct patience *patience, int64_t now)
{
    int64_t milliseconds = now - patience->answer_began_at;
    return patience->answer_began_at > 0 && milliseconds > PATIENCE_SECONDS * INT64_C(1000) &&
           patience->received < milliseconds * PATIENCE_SLOWEST / 1000;
}

enum patience_end patience_judge(const struct patience *patience, int64_t now)
{
    if (now - patience->moved_at > patience_silence(patience) * INT64_C(1000))
        return PATIENCE_SILENT;
    return is_too_slow(patience, now) ? PATIENCE_TOO_SLOW : PATIENCE_GOES_ON;
}
