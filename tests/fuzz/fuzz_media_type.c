/* Values of Content-Type, Accept and Prefer, stacks, and bytes on their way into JSON and into a
 * log line. */
#include <stdint.h>
#include <stdlib.h>

#include "accept.h"
#include "media_type.h"
#include "prefer.h"
#include "stack.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice value = {(const char *)data, size};
    char parameter[PARAMETER_CAPACITY], line[64];
    size_t length;
    media_type_essence(value);
    enum answer_form form;
    accept_choose(value, &form);
    prefer_wait(value);
    free(stack_format(value, 1));
    stack_phase(value, 1);
    if (media_type_parameter(value, "boundary", parameter, &length) && length >= sizeof(parameter))
        abort();
    json_t *json = text_to_json(value.data, value.length);
    if (!json)
        abort();
    json_decref(json);
    text_for_log(line, sizeof(line), value.data, value.length);
    return 0;
}
