#include "json_out.h"

#define PIECE 49152 /* bytes; a multiple of three */

static void write_escape(FILE *out, unsigned char c)
{
    static const char letters[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"'};
    if (c == '\\')
        fputs("\\\\", out);
    else if (c < sizeof(letters) && letters[c])
        fprintf(out, "\\%c", letters[c]);
    else
        fprintf(out, "\\u%04x", c);
}

void json_out_escaped(FILE *out, struct slice piece)
{
    size_t from = 0;
    for (size_t i = 0; i < piece.length; i++) {
        unsigned char c = (unsigned char)piece.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        fwrite(piece.data + from, 1, i - from, out);
        write_escape(out, c);
        from = i + 1;
    }
    fwrite(piece.data + from, 1, piece.length - from, out);
}

void json_out_string(FILE *out, struct slice text)
{
    putc('"', out);
    json_out_escaped(out, text);
    putc('"', out);
}

void json_out_text(FILE *out, FILE *in)
{
    char piece[PIECE];
    size_t count;
    while ((count = fread(piece, 1, sizeof(piece), in)) > 0)
        json_out_escaped(out, (struct slice){piece, count});
}

/* Of up to three bytes. */
static void write_group(FILE *out, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned group = (unsigned)bytes[0] << 16 | (count > 1 ? (unsigned)bytes[1] << 8 : 0) |
                     (count > 2 ? bytes[2] : 0u);
    char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                    count > 1 ? digits[group >> 6 & 63] : '=',
                    count > 2 ? digits[group & 63] : '='};
    fwrite(text, 1, sizeof(text), out);
}

void json_out_base64(FILE *out, FILE *in)
{
    unsigned char piece[PIECE];
    size_t count;
    while ((count = fread(piece, 1, sizeof(piece), in)) > 0) {
        for (size_t i = 0; i < count; i += 3)
            write_group(out, piece + i, count - i < 3 ? count - i : 3);
    }
}
