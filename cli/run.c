/* standpy run */
#include <stdio.h>
#include <stdlib.h>

#include "call.h"
#include "commands.h"
#include "outgo.h"
#include "show.h"

/* What a command line names, read. Owned. */
struct material {
    struct content script;
    struct inputs inputs;
    char *macros;
    struct destinations destinations;
};

static bool gather(struct material *material, const struct command_line *line,
                   struct failure *failure)
{
    /* A report has all outputs in it. */
    size_t outputs = line->json ? 0 : line->output_count;
    return inputs_read_script(&material->script, line->script, failure) &&
           inputs_read(&material->inputs, line, failure) &&
           inputs_read_macros(&material->macros, line, failure) &&
           destinations_prepare(&material->destinations, line->outputs, outputs, failure);
}

static void material_finish(struct material *material)
{
    free(material->script.bytes);
    inputs_finish(&material->inputs);
    free(material->macros);
    destinations_finish(&material->destinations);
}

static bool present(const struct command_line *line, const struct material *material,
                    struct result *result, struct failure *failure)
{
    if (line->json)
        return outgo_report(result, failure);
    show_printed(result, line->raw);
    fflush(stderr);
    return outgo_write(result, &material->destinations, failure);
}

bool command_run(const struct command_line *line, struct target *target, struct failure *failure)
{
    struct material material = {0};
    struct result result = {0};
    bool fine = gather(&material, line, failure);
    if (fine) {
        struct call call = {.target = target,
                            .script = {material.script.bytes, material.script.length},
                            .inputs = &material.inputs,
                            .macros = material.macros,
                            .timeout = line->timeout,
                            .wait = line->wait,
                            .keep = line->keep,
                            .destinations = &material.destinations};
        fine = call_run(&call, &result, failure);
    }
    progress_clear(target->progress);
    fine = fine && present(line, &material, &result, failure);
    result_finish(&result);
    material_finish(&material);
    return fine;
}
