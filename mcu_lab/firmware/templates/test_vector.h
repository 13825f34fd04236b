/* Inputs of @title@ and what must come out, made by mcu_lab for main.c. */
#ifndef @HOME@_TEST_VECTOR_H
#define @HOME@_TEST_VECTOR_H

#include <stdint.h>

@vector_declarations@/* What memories out of the core's reach hold; NULL for all others. */
extern void *const @home@_test_banks[];

#endif
