#include "reply_head.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

bool reply_head_begin(struct reply_head *head, struct slice line, int status)
{
    *head = (struct reply_head){.status = status, .is_final = status >= 200};
    static const char version[] = "HTTP/1.";
    size_t length = sizeof(version) - 1;
    if (line.length < length + 2 || memcmp(line.data, version, length) != 0 ||
        (line.data[length] != '0' && line.data[length] != '1') || line.data[length + 1] != ' ')
        head->framing.error = "the reply is not HTTP/1.0 or 1.1";
    else if (status == 101) /* libcurl ends the head there, and no other one follows */
        head->framing.error = "the reply switches to another protocol, which nobody asked for";
    return !head->framing.error;
}

bool reply_head_add(struct reply_head *head, struct slice line, struct slice *name,
                    struct slice *value)
{
    if (!head->is_final || head->is_over)
        return false;
    const char *colon = memchr(line.data, ':', line.length);
    *name = (struct slice){line.data, colon ? (size_t)(colon - line.data) : line.length};
    *value = (struct slice){line.data + line.length, 0};
    if (colon)
        *value = (struct slice){colon + 1, line.length - name->length - 1};
    for (; value->length > 0 && is_space(value->data[0]); value->data++)
        value->length--;
    while (value->length > 0 && is_space(value->data[value->length - 1]))
        value->length--;
    framing_add(&head->framing, *name, *value);
    head->size += line.length + 2;
    if (!colon)
        head->framing.error = "a line of the reply's head has no colon";
    else if (head->size > MAX_REPLY_HEAD)
        head->framing.error = "the reply's head is too large";
    return !head->framing.error;
}

bool reply_head_end(struct reply_head *head)
{
    bool ends_head = head->is_final && !head->is_over;
    head->is_over = head->is_final;
    return ends_head && framing_check_reply(&head->framing);
}
