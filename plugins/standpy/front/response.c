#include "response.h"

#include <inttypes.h>
#include <stdio.h>

#include "http_status.h"

#define MOST_CONTENT_TYPE 1024 /* bytes that a result may have (message.h) */

size_t response_head(char head[RESPONSE_HEAD_CAPACITY], const struct response *response)
{
    size_t type = response->content_type.length;
    char retry[48] = "", allow[64] = "", authenticate[128] = "", kept[CONTENT_NAMES_TEXT] = "";
    bool has_kept = response->kept && content_names_write(response->kept, kept) > 0;
    if (response->retry_after > 0)
        snprintf(retry, sizeof(retry), "Retry-After: %d\r\n", response->retry_after);
    if (response->allow)
        snprintf(allow, sizeof(allow), "Allow: %s\r\n", response->allow);
    if (response->authenticate && response->realm)
        snprintf(authenticate, sizeof(authenticate),
                 "WWW-Authenticate: Basic realm=\"%.60s\", charset=\"UTF-8\"\r\n", response->realm);
    else if (response->authenticate)
        snprintf(authenticate, sizeof(authenticate), "WWW-Authenticate: Bearer\r\n");
    int length = snprintf(
        head, RESPONSE_HEAD_CAPACITY,
        "HTTP/1.1 %d %s\r\nContent-Type: %.*s\r\nContent-Length: %" PRIu64
        "\r\nX-Request-Id: %s\r\n%s%s%s%s%s%s%s%s%s\r\n",
        response->status, http_reason(response->status),
        (int)(type < MOST_CONTENT_TYPE ? type : MOST_CONTENT_TYPE), response->content_type.data,
        response->content_length, response->request_id, response->fields ? response->fields : "",
        allow, retry, has_kept ? KEPT_HEADER ": " : "", kept, has_kept ? "\r\n" : "", authenticate,
        response->only_identity ? "Accept-Encoding: identity\r\n" : "",
        response->keep ? "" : "Connection: close\r\n");
    return (size_t)length;
}
