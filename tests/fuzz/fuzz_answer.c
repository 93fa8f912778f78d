/* An answer of the terminal program, head and body: whole input and input in two pieces must become
 * the same. */
#include <stdint.h>
#include <stdlib.h>

#include "answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    bool is_fine;
    struct failure failure;
    struct result result;
};

/* Lines until the head is complete; the rest is the body. */
static bool take_head(struct answer_head *head, struct slice *text)
{
    struct sentence why;
    while (!head->is_complete && text->length > 0) {
        const char *end = memchr(text->data, '\n', text->length);
        size_t length = end ? (size_t)(end - text->data) + 1 : text->length;
        if (!answer_head_take(head, (struct slice){text->data, length}, &why))
            return false;
        text->data += length;
        text->length -= length;
    }
    return head->is_complete;
}

static void take(struct outcome *outcome, const struct answer_head *head, struct slice body,
                 size_t split)
{
    struct destinations nowhere = {NULL, 0};
    struct answer answer;
    answer_init(&answer, ANSWER_PARTS, "http://x/y", &nowhere, &outcome->result);
    bool came = answer_take_head(&answer, head, &outcome->failure);
    if (came && split > 0)
        came = answer_take_body(&answer, (struct slice){body.data, split}, &outcome->failure);
    if (came && body.length > split)
        came = answer_take_body(&answer, (struct slice){body.data + split, body.length - split},
                                &outcome->failure);
    outcome->is_fine = answer_end(&answer, came, &outcome->failure);
    answer_finish(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct answer_head head = {.length = -1};
    if (!take_head(&head, &text))
        return 0;
    struct outcome whole = {0}, split = {0};
    take(&whole, &head, text, 0);
    take(&split, &head, text, text.length > 0 ? data[size - 1] % (text.length + 1) : 0);
    if (whole.is_fine != split.is_fine || whole.failure.kind != split.failure.kind ||
        strcmp(whole.failure.sentence.text, split.failure.sentence.text) != 0 ||
        whole.result.count != split.result.count)
        abort();
    for (size_t i = 0; whole.is_fine && i < whole.result.count; i++) {
        if (whole.result.outputs[i].size != split.result.outputs[i].size)
            abort();
    }
    result_finish(&whole.result);
    result_finish(&split.result);
    failure_clear(&whole.failure);
    failure_clear(&split.failure);
    return 0;
}
