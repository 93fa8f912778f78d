/* The JSON form of a request. */
#include <stdint.h>

#include "known_contents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct execution_request request;
    struct decode_error error;
    execution_request_init(&request);
    know_contents(&request);
    if (decode_json_request(&request, (struct slice){(const char *)data, size}, &error))
        check_references(&request);
    execution_request_finish(&request);
    return 0;
}
