/* The result of decoding a request, in any form. */
#ifndef STANDPY_DECODED_H
#define STANDPY_DECODED_H

#include "execution_request.h"

/* The decoded request, or why it was refused. */
struct decoded {
    struct execution_request request;
    struct decode_error error;
    bool ok;
};

static inline void assert_refused(struct decoded decoded, enum problem_kind kind,
                                  const char *detail)
{
    assert_false(decoded.ok);
    assert_int_equal(decoded.error.kind, kind);
    if (!strstr(decoded.error.detail, detail))
        fail_msg("\"%s\" is not in \"%s\"", detail, decoded.error.detail);
    execution_request_finish(&decoded.request);
}

#endif
