#include "order.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media_type.h"
#include "multipart.h"
#include "references.h"

static bool map_body(struct body *body, int file, uint64_t length)
{
    /* Private, because Linux before 6.7 maps a sealed file in no other way; nobody changes it. */
    void *data = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        return false;
    body->data = data;
    body->length = length;
    body->file = file;
    return true;
}

/* What of the message tells of the contents; returns its length. */
static size_t take_contents(struct order *order, struct slice text, const int *descriptors)
{
    size_t count = order->job.content_count;
    for (size_t i = 0; i < count; i++) {
        struct job_content told;
        memcpy(&told, text.data + i * sizeof(told), sizeof(told));
        order->contents[i] =
            (struct known_content){.forms = told.forms,
                                   .table_format = reference_table_format(told.forms),
                                   .length = told.length,
                                   .file = descriptors[i]};
        memcpy(order->contents[i].digest, told.digest, CONTENT_DIGEST);
        order->body.contents[i] = descriptors[i];
        fchmod(descriptors[i], S_IRUSR | S_IWUSR); /* an earlier script may have changed it */
    }
    order->body.content_count = count;
    return count * sizeof(struct job_content);
}

/* The front is trusted: a message that does not fit is our bug, and ends the process. */
void order_take(struct order *order, struct runner *runner, struct slice message,
                struct packet *packet)
{
    const int *descriptors = packet->descriptors;
    size_t head = sizeof(order->job);
    if (message.length < head)
        _exit(1);
    memcpy(&order->job, message.data, head);
    const struct job *job = &order->job;
    uint64_t inline_length = job->body_in_file ? 0 : job->body_length;
    size_t body_files = job->body_in_file ? 1 : 0;
    if (job->content_count > CONTENTS_MOST ||
        message.length != head + job->content_count * sizeof(struct job_content) +
                              job->content_type_length + job->variables_length + inline_length ||
        packet->descriptor_count !=
            body_files + job->content_count + (job->new_result_file ? 1 : 0))
        _exit(1);
    struct slice rest = {message.data + head, message.length - head};
    head += take_contents(order, rest, descriptors + body_files);
    order->content_type = (struct slice){message.data + head, job->content_type_length};
    order->variables =
        (struct slice){message.data + head + job->content_type_length, job->variables_length};
    if (job->new_result_file)
        runner_files_replace_result(&runner->files, descriptors[packet->descriptor_count - 1]);
    if (!job->body_in_file) {
        order->body.data = order->variables.data + job->variables_length;
        order->body.length = (size_t)job->body_length;
    } else if (!map_body(&order->body, descriptors[0], job->body_length)) {
        close(descriptors[0]);
    }
}

static bool decode_multipart(struct execution_request *request, const struct order *order,
                             struct decode_error *error)
{
    struct slice body = {order->body.data, order->body.length};
    struct multipart multipart = {0};
    char boundary[PARAMETER_CAPACITY];
    size_t length = 0;
    if (!media_type_parameter(order->content_type, "boundary", boundary, &length) ||
        !multipart_init(&multipart, (struct slice){boundary, length}))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "Content-Type has no boundary of 1 to %d characters", MULTIPART_MAX_BOUNDARY);
    bool decoded = false;
    if (body.length == 0)
        refuse(error, PROBLEM_MALFORMED_REQUEST, "the body is empty");
    else
        switch (multipart_feed(&multipart, body)) {
        case MULTIPART_DONE:
            decoded = decode_multipart_request(request, body, &multipart, error);
            break;
        case MULTIPART_ERROR:
            if (multipart.exhausted)
                refuse_exhausted(error);
            else
                refuse(error, PROBLEM_MALFORMED_REQUEST, "multipart/form-data: %s",
                       multipart.error);
            break;
        case MULTIPART_MORE:
            refuse(error, PROBLEM_MALFORMED_REQUEST,
                   "multipart/form-data: the body ended before the closing boundary \"%s--\", in "
                   "part %zu",
                   multipart.delimiter + 2, multipart.part_count);
            break;
        }
    multipart_finish(&multipart);
    return decoded;
}

/* The front lets only these three media types through. */
static bool decode(const struct order *order, struct execution_request *request,
                   struct decode_error *error)
{
    struct slice body = {order->body.data, order->body.length};
    struct slice essence = media_type_essence(order->content_type);
    if (!body.data)
        return refuse_exhausted(error);
    if (slice_equals_nocase(essence, "application/json"))
        return decode_json_request(request, body, error);
    if (slice_equals_nocase(essence, "text/x-python"))
        return decode_script_request(request, body, error);
    return decode_multipart(request, order, error);
}

bool order_decode(struct order *order, struct execution_request *request,
                  struct decode_error *error)
{
    request->answer_form = (enum answer_form)order->job.answer_form;
    request->contents = order->contents;
    request->content_count = order->job.content_count;
    return decode(order, request, error) && references_check(request, error) &&
           keep_check(request, error);
}
