#include "learning.h"

#include <string.h>

#define MOST_DOUBLINGS 6 /* of LEARNING_MEMORY, for modules that are learned repeatedly */

/* FNV-1a: it has to tell names apart, not to hide them. */
static uint64_t number_of(struct slice name)
{
    uint64_t number = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.length; i++)
        number = (number ^ (unsigned char)name.data[i]) * UINT64_C(1099511628211);
    return number;
}

static bool has_failed(const struct learning *learning, struct slice name)
{
    uint64_t number = number_of(name);
    for (size_t i = 0; i < learning->failed_count; i++) {
        if (learning->failed[i] == number)
            return true;
    }
    return false;
}

static struct learned_module *find(struct learning *learning, struct slice name)
{
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        struct learned_module *module = &learning->modules[i];
        if (module->state != MODULE_NONE && slice_equals(name, module->name))
            return module;
    }
    return NULL;
}

/* Scripts */

static void forget_place(struct learned_script *script, size_t place)
{
    size_t kept = 0;
    for (size_t i = 0; i < script->count; i++) {
        if (script->modules[i] != place)
            script->modules[kept++] = script->modules[i];
    }
    script->count = kept;
}

/* From now on its place may belong to another module. */
static void forget_module(struct learning *learning, struct learned_module *module)
{
    size_t place = (size_t)(module - learning->modules);
    for (size_t i = 0; i < LEARNING_SCRIPTS; i++)
        forget_place(&learning->scripts[i], place);
    *module = (struct learned_module){.state = MODULE_NONE};
}

static void connect(struct learned_script *script, size_t place)
{
    for (size_t i = 0; i < script->count; i++) {
        if (script->modules[i] == place)
            return;
    }
    if (script->count < LEARNING_EACH)
        script->modules[script->count++] = (uint8_t)place;
}

/* Modules */

/* Returns NULL if all are learned or on trial. */
static struct learned_module *make_room(struct learning *learning)
{
    struct learned_module *oldest = NULL;
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        struct learned_module *module = &learning->modules[i];
        if (module->state == MODULE_NONE)
            return module;
        if (module->state == MODULE_SEEN && (!oldest || module->last < oldest->last))
            oldest = module;
    }
    if (oldest)
        forget_module(learning, oldest);
    return oldest;
}

static struct learned_module *find_or_add(struct learning *learning, struct slice name)
{
    struct learned_module *module = find(learning, name);
    if (module || name.length >= MODULE_NAME || has_failed(learning, name))
        return module;
    module = make_room(learning);
    if (!module)
        return NULL;
    *module = (struct learned_module){.state = MODULE_SEEN, .last = learning->requests};
    memcpy(module->name, name.data, name.length);
    return module;
}

static uint64_t memory_of(const struct learned_module *module)
{
    unsigned doublings = module->times > 0 ? module->times - 1 : 0;
    return (uint64_t)LEARNING_MEMORY << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
}

static bool is_forgotten(const struct learning *learning, const struct learned_module *module)
{
    return learning->requests - module->last > memory_of(module);
}

static void count_from_zero(struct learned_module *module)
{
    module->script_count = 0;
    module->imports = 0;
}

static void count(const struct learning *learning, struct learned_module *module, uint64_t script)
{
    if (module->state == MODULE_SEEN && is_forgotten(learning, module))
        count_from_zero(module);
    module->last = learning->requests;
    if (module->imports < LEARNING_AGAIN)
        module->imports++;
    for (unsigned i = 0; i < module->script_count; i++) {
        if (module->scripts[i] == script)
            return;
    }
    if (module->script_count < LEARNING_DIFFERENT)
        module->scripts[module->script_count++] = script;
}

void learning_note(struct learning *learning, uint64_t script, struct slice imports)
{
    struct learned_script *known = &learning->scripts[script % LEARNING_SCRIPTS];
    learning->requests++;
    if (known->script != script && imports.length > 0)
        *known = (struct learned_script){.script = script};
    if (known->script != script || script == 0)
        return;
    for (struct slice name; module_names_take(&imports, &name);) {
        struct learned_module *module = find_or_add(learning, name);
        if (module)
            connect(known, (size_t)(module - learning->modules));
    }
    for (size_t i = 0; i < known->count; i++)
        count(learning, &learning->modules[known->modules[i]], script);
}

/* Trials */

static bool is_worth_it(const struct learned_module *module)
{
    return module->state == MODULE_SEEN &&
           (module->script_count >= LEARNING_DIFFERENT || module->imports >= LEARNING_AGAIN);
}

static size_t count_learned(const struct learning *learning)
{
    size_t learned = 0;
    for (size_t i = 0; i < LEARNING_MODULES; i++)
        learned += learning->modules[i].state == MODULE_LEARNED;
    return learned;
}

const char *learning_next(struct learning *learning)
{
    if (learning_is_full(learning) || count_learned(learning) >= MODULE_NAMES)
        return NULL;
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        struct learned_module *module = &learning->modules[i];
        if (!is_worth_it(module))
            continue;
        module->state = MODULE_TRIED;
        return module->name;
    }
    return NULL;
}

void learning_passed(struct learning *learning, struct slice name)
{
    struct learned_module *module = find(learning, name);
    if (!module || module->state != MODULE_TRIED)
        return;
    module->state = MODULE_LEARNED;
    module->last = learning->requests;
    module->times++;
}

void learning_failed(struct learning *learning, struct slice name)
{
    struct learned_module *module = find(learning, name);
    if (!module)
        return;
    if (!learning_is_full(learning))
        learning->failed[learning->failed_count++] = number_of(name);
    forget_module(learning, module);
}

void learning_lost(struct learning *learning)
{
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        struct learned_module *module = &learning->modules[i];
        if (module->state != MODULE_TRIED)
            continue;
        module->state = MODULE_SEEN;
        count_from_zero(module);
    }
}

bool learning_is_full(const struct learning *learning)
{
    return learning->failed_count >= LEARNING_FAILED;
}

unsigned learning_scripts(const struct learning *learning, struct slice name)
{
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        const struct learned_module *module = &learning->modules[i];
        if (module->state != MODULE_NONE && slice_equals(name, module->name))
            return module->script_count;
    }
    return 0;
}

/* What is learned */

static void forget_unused(struct learning *learning)
{
    for (size_t i = 0; i < LEARNING_MODULES; i++) {
        struct learned_module *module = &learning->modules[i];
        if (module->state != MODULE_LEARNED || !is_forgotten(learning, module))
            continue;
        module->state = MODULE_SEEN;
        count_from_zero(module);
    }
}

size_t learning_list(struct learning *learning, char list[MODULE_NAMES_TEXT])
{
    size_t length = 0, names = 0;
    forget_unused(learning);
    for (size_t i = 0; i < LEARNING_MODULES && names < MODULE_NAMES; i++) {
        const struct learned_module *module = &learning->modules[i];
        size_t own = strlen(module->name);
        if (module->state != MODULE_LEARNED || own + 1 > MODULE_NAMES_TEXT - length)
            continue;
        if (length > 0)
            list[length++] = ',';
        memcpy(list + length, module->name, own);
        length += own;
        names++;
    }
    return length;
}
