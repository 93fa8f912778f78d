#include "message.h"

#include <fcntl.h>
#include <string.h>

bool control_is_whole(const struct control_message *message, size_t length)
{
    return length >= CONTROL_HEAD && message->text_length <= CONTROL_TEXT &&
           length == CONTROL_HEAD + message->text_length;
}

const char *unusable_words(enum unusable why)
{
    static const char *const words[] = {
        [USABLE] = "nothing",
        [UNUSABLE_AUDIT_HOOK] = "an audit hook",
        [UNUSABLE_MODULES] = "the table of modules",
        [UNUSABLE_ENGINE] = "the engine's own code",
        [UNUSABLE_LIMITS] = "resource limits",
        [UNUSABLE_PRIORITY] = "its priority",
        [UNUSABLE_USER] = "its user",
        [UNUSABLE_DESCRIPTORS] = "descriptors",
        [UNUSABLE_THREADS] = "threads",
        [UNUSABLE_PROCESSES] = "processes that libraries count on",
        [UNUSABLE_SCRATCH] = "its scratch folder",
        [UNUSABLE_SCHEDULING] = "its scheduling",
        [UNUSABLE_ATTRIBUTES] = "attributes of its process",
        [UNUSABLE_LIBRARY] = "the settings of a library",
        [UNUSABLE_PATCHED] = "attributes of modules",
        [UNUSABLE_NATIVE] = "threads of a library",
        [UNUSABLE_RESULT] = "the memory for its results",
    };
    return why < UNUSABLE_KINDS ? words[why] : "what cannot be told";
}

static bool is_status(uint32_t status)
{
    return status >= 200 && status <= 599;
}

/* Says whether the text may be a field's value (RFC 9110 §5.5): it never ends its line. */
static bool is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7e)
            return false;
    }
    return text.length > 0;
}

static bool is_result(const struct message *message)
{
    bool is_large = message->content_length > MESSAGE_INLINE;
    return is_status(message->status) && message->unusable < UNUSABLE_KINDS &&
           (message->content_in_file != 0) == is_large && message->content_length <= INT64_MAX;
}

/* Its content is a list; message_keep_list reads it. */
static bool is_keep(const struct message *message)
{
    return message->content_length > 0 && message->content_in_file == 0 &&
           message->content_length % sizeof(struct keep_entry) == 0 &&
           message->content_length <= CONTENTS_MOST * sizeof(struct keep_entry) &&
           message->content_type_length == 0 && message->note_length == 0;
}

/* Of an answer that comes in pieces. */
static bool is_part(const struct message *message)
{
    return (message->kind == MESSAGE_PIECE || is_status(message->status)) &&
           message->end < PAGE_END_KINDS && message->content_length <= MESSAGE_INLINE &&
           message->content_type_length == 0 && message->unusable < UNUSABLE_KINDS &&
           (message->ready ? message->kind == MESSAGE_HEAD && message->end == PAGE_ENDS
                           : message->note_length == 0);
}

static bool is_head(const struct message *message)
{
    if (message->note_length > MESSAGE_NOTE || message->imports_length > MODULE_NAMES_TEXT ||
        (message->imports_length > 0 && message->kind != MESSAGE_RESULT) ||
        message->fields_length > MESSAGE_FIELDS ||
        (message->fields_length > 0 && message->kind != MESSAGE_HEAD))
        return false;
    switch (message->kind) {
    case MESSAGE_RESULT:
        return is_result(message);
    case MESSAGE_READY:
        return message->unusable < UNUSABLE_KINDS && message->content_type_length == 0 &&
               message->content_length == 0;
    case MESSAGE_HEAD:
    case MESSAGE_PIECE:
        return is_part(message);
    case MESSAGE_LOG:
    case MESSAGE_STACK:
        return message->content_type_length == 0 && message->content_length == 0 &&
               (message->note_length == 0 || message->kind == MESSAGE_LOG);
    case MESSAGE_KEEP:
        return is_keep(message);
    default:
        return false;
    }
}

bool message_read(struct slice packet, struct message *message, struct message_parts *parts)
{
    if (packet.length < sizeof(*message))
        return false;
    memcpy(message, packet.data, sizeof(*message));
    if (!is_head(message) || message->content_type_length > MESSAGE_CONTENT_TYPE)
        return false;
    size_t content = message->content_in_file ? 0 : (size_t)message->content_length;
    const char *at = packet.data + sizeof(*message);
    size_t left = packet.length - sizeof(*message);
    if (left != (size_t)message->content_type_length + message->note_length +
                    message->imports_length + message->fields_length + content)
        return false;
    parts->content_type = (struct slice){at, message->content_type_length};
    parts->note = (struct slice){at + message->content_type_length, message->note_length};
    parts->imports =
        (struct slice){parts->note.data + message->note_length, message->imports_length};
    parts->fields =
        (struct slice){parts->imports.data + message->imports_length, message->fields_length};
    parts->content = (struct slice){parts->fields.data + message->fields_length, content};
    return message->kind != MESSAGE_RESULT ||
           (is_field_value(parts->content_type) && module_names_are_valid(parts->imports));
}

static bool is_within(const struct keep_entry *entry, uint64_t length)
{
    return entry->at <= length && entry->length <= length - entry->at;
}

static bool is_entry(const struct keep_entry *entry, const struct keep_bounds *bounds)
{
    if (entry->form >= CONTENT_FORMS)
        return false;
    switch (entry->source) {
    case KEEP_BODY:
        return is_within(entry, bounds->body);
    case KEEP_FILE:
        return is_within(entry, bounds->file);
    case KEEP_KNOWN:
        return entry->at < bounds->known;
    default:
        return false;
    }
}

bool message_keep_list(struct slice content, const struct keep_bounds *bounds,
                       struct keep_list *list)
{
    list->count = content.length / sizeof(struct keep_entry);
    if (list->count > CONTENTS_MOST)
        return false;
    memcpy(list->entries, content.data, list->count * sizeof(struct keep_entry));
    for (size_t i = 0; i < list->count; i++) {
        if (!is_entry(&list->entries[i], bounds))
            return false;
    }
    return true;
}

bool message_file_fits(uint64_t announced, uint64_t file_length, int seals)
{
    const int needed = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    return file_length == announced && seals >= 0 && (seals & needed) == needed;
}
