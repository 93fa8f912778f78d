#include "multipart_stream.h"

#include <ctype.h>
#include <string.h>

static bool set_state(struct multipart_stream *stream, enum multipart_stream_state state)
{
    stream->state = state;
    stream->line_length = 0;
    return true;
}

static bool refuse(struct multipart_stream *stream, const char *flaw)
{
    set_state(stream, MULTIPART_STREAM_WRONG);
    stream->flaw = flaw;
    return false;
}

static bool is_boundary_character(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("'()+_,./:=? -", c));
}

/* RFC 2046 §5.1.1 */
static bool find_boundary(const char *content_type, struct slice *boundary)
{
    const char *at = content_type;
    while ((at = strchr(at, ';'))) {
        at++;
        while (*at == ' ' || *at == '\t')
            at++;
        if (strncasecmp(at, "boundary=", 9) != 0)
            continue;
        at += at[9] == '"' ? 10 : 9;
        size_t length = 0;
        while (length < 70 && is_boundary_character(at[length]))
            length++;
        *boundary = slice_trim((struct slice){at, length});
        return boundary->length > 0;
    }
    return false;
}

bool multipart_stream_init(struct multipart_stream *stream, const char *content_type,
                           const struct multipart_stream_events *events, void *context)
{
    struct slice boundary;
    memset(stream, 0, sizeof(*stream));
    stream->events = events;
    stream->context = context;
    if (!find_boundary(content_type, &boundary))
        return refuse(stream, "a multipart answer without a boundary");
    memcpy(stream->boundary, "--", 2);
    memcpy(stream->boundary + 2, boundary.data, boundary.length);
    return set_state(stream, MULTIPART_STREAM_BOUNDARY);
}

static bool take_boundary(struct multipart_stream *stream, struct slice line)
{
    size_t length = strlen(stream->boundary);
    bool begins = line.length >= length && memcmp(line.data, stream->boundary, length) == 0;
    struct slice rest = {line.data + length, line.length - length};
    if (begins && slice_equals(rest, "--"))
        return set_state(stream, MULTIPART_STREAM_DONE);
    if (!begins || rest.length > 0)
        return refuse(stream, "a part does not begin with the boundary");
    stream->head_length = 0;
    stream->has_length = false;
    stream->media_type[0] = '\0';
    return set_state(stream, MULTIPART_STREAM_HEAD);
}

static bool take_media_type(struct multipart_stream *stream, struct slice content)
{
    const char *semicolon = memchr(content.data, ';', content.length);
    if (semicolon)
        content.length = (size_t)(semicolon - content.data);
    content = slice_trim(content);
    if (content.length >= sizeof(stream->media_type))
        content.length = sizeof(stream->media_type) - 1;
    for (size_t i = 0; i < content.length; i++)
        stream->media_type[i] = (char)tolower((unsigned char)content.data[i]);
    stream->media_type[content.length] = '\0';
    return true;
}

static bool take_length(struct multipart_stream *stream, struct slice content)
{
    content = slice_trim(content);
    if (content.length == 0 || content.length > 18)
        return refuse(stream, "a part has a Content-Length that is no number");
    stream->left = 0;
    for (size_t i = 0; i < content.length; i++) {
        if (!isdigit((unsigned char)content.data[i]))
            return refuse(stream, "a part has a Content-Length that is no number");
        stream->left = stream->left * 10 + (uint64_t)(content.data[i] - '0');
    }
    stream->has_length = true;
    return true;
}

static bool end_content(struct multipart_stream *stream)
{
    set_state(stream, MULTIPART_STREAM_BEHIND);
    return stream->events->end(stream->context);
}

static bool end_head(struct multipart_stream *stream)
{
    if (!stream->has_length)
        return refuse(stream, "a part has no Content-Length");
    set_state(stream, MULTIPART_STREAM_CONTENT);
    return stream->events->begin(stream->context, stream->media_type, stream->left) &&
           (stream->left > 0 || end_content(stream));
}

static bool take_field(struct multipart_stream *stream, struct slice line)
{
    const char *colon = memchr(line.data, ':', line.length);
    struct slice name = {line.data, colon ? (size_t)(colon - line.data) : line.length};
    struct slice content = {line.data, 0};
    if (colon)
        content = (struct slice){colon + 1, line.length - name.length - 1};
    if (slice_equals_nocase(name, "content-type"))
        return take_media_type(stream, content);
    return !slice_equals_nocase(name, "content-length") || take_length(stream, content);
}

static bool take_head(struct multipart_stream *stream, struct slice line)
{
    stream->line_length = 0;
    return line.length == 0 ? end_head(stream) : take_field(stream, line);
}

static bool take_line(struct multipart_stream *stream, struct slice line)
{
    if (stream->state == MULTIPART_STREAM_BEHIND) {
        if (!slice_equals(line, "\r\n"))
            return refuse(stream, "a part is longer than its Content-Length");
        return set_state(stream, MULTIPART_STREAM_BOUNDARY);
    }
    stream->head_length += line.length;
    if (stream->state == MULTIPART_STREAM_HEAD && stream->head_length > MULTIPART_STREAM_MOST_HEAD)
        return refuse(stream, "the head of a part is too large");
    while (line.length > 0 &&
           (line.data[line.length - 1] == '\n' || line.data[line.length - 1] == '\r'))
        line.length--;
    return stream->state == MULTIPART_STREAM_BOUNDARY ? take_boundary(stream, line)
                                                      : take_head(stream, line);
}

/* Of a part's content, which goes on as it is. */
static bool pass_content(struct multipart_stream *stream, struct slice *piece)
{
    struct slice now = *piece;
    if (now.length > stream->left)
        now.length = (size_t)stream->left;
    piece->data += now.length;
    piece->length -= now.length;
    stream->left -= now.length;
    return stream->events->content(stream->context, now) &&
           (stream->left > 0 || end_content(stream));
}

/* Until its line is whole; two bytes are enough behind a content. */
static bool gather_line(struct multipart_stream *stream, struct slice *piece)
{
    bool is_behind = stream->state == MULTIPART_STREAM_BEHIND;
    while (piece->length > 0) {
        if (stream->line_length == sizeof(stream->line))
            return refuse(stream, "a line in it is too long");
        char c = *piece->data++;
        piece->length--;
        stream->line[stream->line_length++] = c;
        if (is_behind ? stream->line_length == 2 : c == '\n')
            return take_line(stream, (struct slice){stream->line, stream->line_length});
    }
    return true;
}

bool multipart_stream_take(struct multipart_stream *stream, struct slice piece)
{
    bool goes_on = stream->state != MULTIPART_STREAM_WRONG;
    while (goes_on && piece.length > 0 && stream->state != MULTIPART_STREAM_DONE)
        goes_on = stream->state == MULTIPART_STREAM_CONTENT ? pass_content(stream, &piece)
                                                            : gather_line(stream, &piece);
    if (!goes_on)
        set_state(stream, MULTIPART_STREAM_WRONG);
    return goes_on;
}
