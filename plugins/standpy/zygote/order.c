#include "order.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media_type.h"
#include "multipart.h"

static bool map_body(struct body *body, int file, uint64_t length)
{
    /* Private, because Linux before 6.7 maps a sealed file in no other way; nobody changes it. */
    void *data = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        return false;
    *body = (struct body){data, length, file};
    return true;
}

static void replace_result_file(struct runner *runner, int file)
{
    close(runner->files.result);
    runner->files.result = runner_files_move(file);
    runner->files.result_sent = false;
    runner_files_remember(&runner->files);
}

/* The front is trusted: a message that does not fit is our bug, and ends the process. */
void order_take(struct order *order, struct runner *runner, struct slice message,
                struct packet *packet)
{
    size_t head = sizeof(order->job), descriptors = packet->descriptor_count;
    if (message.length < head)
        _exit(1);
    memcpy(&order->job, message.data, head);
    const struct job *job = &order->job;
    uint64_t inline_length = job->body_in_file ? 0 : job->body_length;
    if (message.length != head + job->content_type_length + inline_length ||
        descriptors != (size_t)(job->body_in_file != 0) + (job->new_result_file != 0))
        _exit(1);
    order->content_type = (struct slice){message.data + head, job->content_type_length};
    if (job->new_result_file)
        replace_result_file(runner, packet->descriptors[--descriptors]);
    if (!job->body_in_file)
        order->body = (struct body){message.data + head + job->content_type_length,
                                    (size_t)job->body_length, -1};
    else if (!map_body(&order->body, packet->descriptors[0], job->body_length))
        close(packet->descriptors[0]);
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
bool order_decode(const struct order *order, struct execution_request *request,
                  struct decode_error *error)
{
    struct slice body = {order->body.data, order->body.length};
    struct slice essence = media_type_essence(order->content_type);
    if (!body.data)
        return refuse_exhausted(error);
    request->answer_form = (enum answer_form)order->job.answer_form;
    if (slice_equals_nocase(essence, "application/json"))
        return decode_json_request(request, body, error);
    if (slice_equals_nocase(essence, "text/x-python"))
        return decode_script_request(request, body, error);
    return decode_multipart(request, order, error);
}
