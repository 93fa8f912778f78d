#include "answer_head.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "visible.h"

static const struct {
    const char *name;
    size_t offset, capacity;
} fields[] = {
#define FIELD(name, member)                                                                        \
    {                                                                                              \
        name, offsetof(struct answer_head, member), sizeof(((struct answer_head *)0)->member)      \
    }
    FIELD("Content-Type", content_type),
    FIELD("Content-Length", content_length),
    FIELD("Location", location),
    FIELD("Content-Encoding", content_encoding),
    FIELD("Retry-After", retry_after),
    FIELD("StandPy-Kept", kept),
    FIELD("Transfer-Encoding", transfer_encoding),
#undef FIELD
};

/* The line as people can read it, for a sentence about it. */
static bool not_http(struct sentence *why, struct slice line)
{
    char text[61], quoted[QUOTED];
    snprintf(text, sizeof(text), "%.*s", (int)(line.length < 60 ? line.length : 60), line.data);
    return sentence_say(why, "%s", visible_quoted(quoted, text));
}

static struct slice without_end(struct slice line)
{
    while (line.length > 0 &&
           (line.data[line.length - 1] == '\n' || line.data[line.length - 1] == '\r'))
        line.length--;
    return line;
}

/* HTTP/1.1 200 OK */
static bool take_status(struct answer_head *head, struct slice line, struct sentence *why)
{
    const char *p = line.data;
    bool is_one = line.length >= 12 && memcmp(p, "HTTP/1.", 7) == 0 &&
                  (p[7] == '0' || p[7] == '1') && p[8] == ' ' && p[9] >= '1' && p[9] <= '9' &&
                  isdigit((unsigned char)p[10]) && isdigit((unsigned char)p[11]) &&
                  (line.length == 12 || p[12] == ' ');
    if (!is_one)
        return not_http(why, line);
    size_t size = head->size;
    memset(head, 0, sizeof(*head));
    head->size = size;
    head->length = -1;
    head->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    if (line.length > 13)
        snprintf(head->reason, sizeof(head->reason), "%.*s", (int)(line.length - 13), p + 13);
    return true;
}

static void take_field(struct answer_head *head, struct slice line)
{
    const char *colon = memchr(line.data, ':', line.length);
    if (!colon)
        return; /* libcurl refuses what matters */
    struct slice name = {line.data, (size_t)(colon - line.data)};
    struct slice content = slice_trim((struct slice){colon + 1, line.length - name.length - 1});
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        if (!slice_equals_nocase(name, fields[i].name))
            continue;
        char *value = (char *)head + fields[i].offset;
        size_t used = strlen(value);
        snprintf(value + used, fields[i].capacity - used, "%s%.*s", used > 0 ? ", " : "",
                 (int)content.length, content.data);
    }
}

/* How long the body is (RFC 9112 §6.3). Where readers may differ, libcurl chooses; here nobody
 * does. */
static bool frame(struct answer_head *head, struct sentence *why)
{
    const char *coding = head->transfer_encoding, *length = head->content_length;
    size_t digits = strspn(length, "0123456789");
    if (coding[0] && (strcasecmp(coding, "chunked") != 0 || length[0]))
        return sentence_say(why, "a framing that this client does not read (Transfer-Encoding: %s)",
                            coding);
    if (length[0] && (length[digits] || digits > 18))
        return sentence_say(why, "Content-Length: %.40s", length);
    head->length = length[0] ? strtoll(length, NULL, 10) : -1;
    return true;
}

static bool end(struct answer_head *head, struct sentence *why)
{
    if (head->status == 101)
        return sentence_say(why, "it switches protocols");
    bool is_last = head->status >= 200;
    if (is_last && head->status != 204 && head->status != 304 && !frame(head, why))
        return false;
    head->is_complete = is_last;
    return true;
}

bool answer_head_take(struct answer_head *head, struct slice line, struct sentence *why)
{
    if (head->is_complete)
        return true;
    head->size += line.length;
    if (head->size > ANSWER_HEAD_MOST)
        return sentence_say(why, "its head is too large");
    line = without_end(line);
    if (line.length >= 5 && memcmp(line.data, "HTTP/", 5) == 0)
        return take_status(head, line, why);
    if (line.length == 0)
        return end(head, why);
    take_field(head, line);
    return true;
}

char *answer_head_media_type(const struct answer_head *head, char out[256])
{
    const char *type = head->content_type;
    struct slice only = slice_trim((struct slice){type, strcspn(type, ";")});
    for (size_t i = 0; i < only.length; i++)
        out[i] = (char)tolower((unsigned char)only.data[i]);
    out[only.length] = '\0';
    return out;
}
