#include "utf8_stream.h"

#include "utf8.h"

/* Of the character that the byte begins; an impossible byte counts as one. */
static size_t length_by(char first)
{
    unsigned char c = (unsigned char)first;
    return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Fills up what is held. */
static void take_byte(struct utf8_stream *stream, char byte)
{
    stream->held[stream->count++] = byte;
    if (stream->count < length_by(stream->held[0]))
        return;
    stream->is_wrong = stream->is_wrong || utf8_sequence(stream->held, stream->count) == 0;
    stream->count = 0;
}

void utf8_stream_take(struct utf8_stream *stream, struct slice piece)
{
    for (size_t i = 0; i < piece.length && !stream->is_wrong; i++) {
        if (stream->count > 0 || (unsigned char)piece.data[i] >= 0x80)
            take_byte(stream, piece.data[i]);
    }
}

bool utf8_stream_is_valid(const struct utf8_stream *stream)
{
    return !stream->is_wrong && stream->count == 0;
}
