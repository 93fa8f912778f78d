/*
 * How many descriptors the router can tell apart: tables by descriptor are of this size, and
 * main.c keeps the process's limit below it.
 */
#ifndef STANDPY_ROUTER_DESCRIPTORS_H
#define STANDPY_ROUTER_DESCRIPTORS_H

#define MAX_DESCRIPTORS 65536

#endif
