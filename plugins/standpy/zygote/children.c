#include "children.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct child *list;
    size_t count, capacity;
} children;

bool children_reserve(void)
{
    if (children.count < children.capacity)
        return true;
    size_t capacity = children.capacity ? 2 * children.capacity : 16;
    struct child *list = reallocarray(children.list, capacity, sizeof(*list));
    if (!list)
        return false;
    children.list = list;
    children.capacity = capacity;
    return true;
}

void children_add(const struct child *child)
{
    children.list[children.count++] = *child;
}

struct child *children_find(pid_t process)
{
    for (size_t i = 0; i < children.count; i++) {
        if (children.list[i].process == process)
            return &children.list[i];
    }
    return NULL;
}

void children_drop(struct child *child)
{
    *child = children.list[--children.count];
}

void children_forget(void)
{
    children.count = 0;
}

bool children_know(pid_t process)
{
    return children_find(process) != NULL;
}

bool children_have_scratch(const char *name)
{
    for (size_t i = 0; i < children.count; i++) {
        if (strcmp(children.list[i].scratch, name) == 0)
            return true;
    }
    return false;
}

void children_kill(enum child_kind kind)
{
    for (size_t i = 0; i < children.count; i++) {
        const struct child *child = &children.list[i];
        if (child->kind != kind)
            continue;
        if (kind != CHILD_REMOVER)
            kill(-child->process, SIGKILL);
        kill(child->process, SIGKILL);
    }
}
