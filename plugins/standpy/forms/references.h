/*
 * Inputs that name a content instead of carrying it, and the option "keep". Pure.
 */
#ifndef STANDPY_REFERENCES_H
#define STANDPY_REFERENCES_H

#include <stdbool.h>

#include "execution_request.h"

/* The media type of a part of a multipart body that names a content. */
#define REFERENCE_MEDIA_TYPE "application/vnd.standpy.sha256"

/*
 * Makes the next input, whose type is set, one that names the content. A table gets the form in
 * which the content was kept. False with error set.
 */
bool reference_make(const struct execution_request *request, struct slice digest,
                    struct input *input, struct decode_error *error);

/* Likewise; the media type of the content decides what the input is. */
bool reference_make_any(const struct execution_request *request, struct slice digest,
                        struct input *input, struct decode_error *error);

/*
 * Notes the contents that items of a collection name, at any depth. items: what its member of that
 * name has. The helper modules check everything else about items. False with error set.
 */
bool references_in_items(const struct execution_request *request, const json_t *items,
                         struct decode_error *error);

/* Likewise, of a collection that is a part of a multipart body. */
bool references_in_text(struct execution_request *request, struct slice text,
                        struct decode_error *error);

/* The form of a table of these bytes; TABLE_DEFAULT if none was kept. */
enum table_format reference_table_format(content_forms forms);

/* Once all inputs are there: each content is named by one. False with error set. */
bool references_check(const struct execution_request *request, struct decode_error *error);

/* Likewise: reads the option "keep". False with error set. */
bool keep_check(struct execution_request *request, struct decode_error *error);

#endif
