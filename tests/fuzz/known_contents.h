/* Contents that the inputs of a request may name, for the drivers of its forms. */
#ifndef STANDPY_KNOWN_CONTENTS_H
#define STANDPY_KNOWN_CONTENTS_H

#include <stdlib.h>

#include "execution_request.h"
#include "references.h"

/* Sixty-four times "0", "1", … */
static inline void know_contents(struct execution_request *request)
{
    static struct known_content contents[CONTENT_FORMS];
    for (size_t i = 0; i < CONTENT_FORMS; i++) {
        contents[i] = (struct known_content){.forms = 1U << i,
                                             .table_format = reference_table_format(1U << i)};
        memset(contents[i].digest, (char)('0' + i), CONTENT_DIGEST);
    }
    request->contents = contents;
    request->content_count = CONTENT_FORMS;
}

/* What a request that is accepted may rely on. */
static inline void check_references(struct execution_request *request)
{
    struct decode_error error;
    for (size_t i = 0; i < request->input_count; i++) {
        const struct input *input = &request->inputs[i];
        if (input->reference &&
            (!input->reference->is_named || input->content.length > CONTENT_DIGEST))
            abort();
    }
    references_check(request, &error);
    if (!keep_check(request, &error))
        return;
    for (size_t i = 0; i < request->keep_count; i++) {
        if (request->keep[i] >= request->input_count)
            abort();
    }
}

#endif
