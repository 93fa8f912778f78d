#include "info.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "commands.h"
#include "float_text.h"
#include "outgo.h"

const char *const info_members[INFO_MEMBERS] = {"environment", "max_requests",  "timeout",
                                                "version",     "worker_uptime", "workers"};

static bool is_complete(const json_t *info)
{
    for (size_t i = 0; i < INFO_MEMBERS; i++) {
        if (!json_object_get(info, info_members[i]))
            return false;
    }
    return true;
}

bool info_get(const struct target *target, json_t **info, struct failure *failure)
{
    struct request request = {.path = "/info"};
    struct answer *answer = malloc(sizeof(*answer));
    if (!answer)
        return failure_of_memory(failure);
    answer_init(answer, ANSWER_JSON, target->text, NULL, NULL);
    struct receiver receiver = {answer_take_head, answer_take_body, answer};
    bool came = transfer_run(target, &request, &receiver, failure);
    bool fine = answer_end(answer, came, failure);
    if (fine && !is_complete(answer->json))
        fine = failure_set(failure, FAILURE_UNREACHABLE,
                           "%s answers, but its /info is not StandPy's. Is the endpoint right?",
                           target->text);
    *info = fine ? json_incref(answer->json) : NULL;
    answer_finish(answer);
    free(answer);
    return fine;
}

static void print_member(const json_t *value)
{
    char number[FLOAT_TEXT];
    if (json_is_real(value)) {
        fputs(float_text(number, json_real_value(value)), stdout);
        return;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    fputs(text ? text : "null", stdout);
    free(text);
}

bool command_info(const struct target *target, struct failure *failure)
{
    json_t *info;
    bool fine = info_get(target, &info, failure);
    progress_clear(target->progress);
    if (!fine)
        return false;
    fputs("{\n", stdout);
    for (size_t i = 0; i < INFO_MEMBERS; i++) {
        printf("    \"%s\": ", info_members[i]);
        print_member(json_object_get(info, info_members[i]));
        fputs(i + 1 < INFO_MEMBERS ? ",\n" : "\n}\n", stdout);
    }
    json_decref(info);
    return outgo_flush(failure);
}
