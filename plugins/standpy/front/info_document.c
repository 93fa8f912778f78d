#include "info_document.h"

#include <jansson.h>
#include <string.h>

#include "text.h"

char *info_document(const struct info *info)
{
    json_t *document =
        json_pack("{s:o, s:o, s:I, s:s, s:I, s:I}", "environment",
                  text_to_json(info->environment, strlen(info->environment)), "max_requests",
                  info->max_requests > 0 ? json_integer(info->max_requests) : json_null(),
                  "timeout", (json_int_t)info->timeout, "version", STANDPY_VERSION, "worker_uptime",
                  (json_int_t)info->worker_uptime, "workers", (json_int_t)info->workers);
    char *text = document ? json_dumps(document, JSON_INDENT(4)) : NULL;
    json_decref(document);
    return text;
}
