/*
 * How many descriptors the router can handle. Tables by descriptor have this size, and main.c keeps
 * the process's limit below it.
 */
#ifndef STANDPY_ROUTER_DESCRIPTORS_H
#define STANDPY_ROUTER_DESCRIPTORS_H

#define MAX_DESCRIPTORS 65536

#endif
