/* The multipart parser and the decoding after it: whole input and input in two pieces must give the
 * same result. */
#include <stdint.h>
#include <stdlib.h>

#include "known_contents.h"
#include "multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum multipart_status parse(struct multipart *multipart, struct slice body, size_t split)
{
    if (!multipart_init(multipart, slice_of("b")))
        abort();
    multipart_feed(multipart, (struct slice){body.data, split});
    return multipart_feed(multipart, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct multipart whole, split;
    enum multipart_status status = parse(&whole, body, size);
    size_t at = size > 0 ? data[0] % (size + 1) : 0;
    if (parse(&split, body, at) != status || split.part_count != whole.part_count)
        abort();

    struct execution_request request;
    struct decode_error error;
    execution_request_init(&request);
    know_contents(&request);
    if (status == MULTIPART_DONE && decode_multipart_request(&request, body, &whole, &error))
        check_references(&request);
    execution_request_finish(&request);
    multipart_finish(&whole);
    multipart_finish(&split);
    return 0;
}
