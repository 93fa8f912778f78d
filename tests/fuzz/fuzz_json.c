/* The JSON form of a request. */
#include <stdint.h>

#include "execution_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct execution_request request;
    struct decode_error error;
    execution_request_init(&request);
    decode_json_request(&request, (struct slice){(const char *)data, size}, &error);
    execution_request_finish(&request);
    return 0;
}
