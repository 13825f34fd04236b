/* Inputs of @title@ and what must come out, made by mcu_lab for main.c. */
#ifndef @NAME@_TEST_VECTOR_H
#define @NAME@_TEST_VECTOR_H

#include <stdint.h>

/* Row-major little-endian bytes of each input and expected output; an expected output may be NULL: unknown. */
extern const void *const @name@_test_inputs[];
extern const void *const @name@_test_outputs[];
/* What memories out of the core's reach hold; NULL for all others. */
extern void *const @name@_test_banks[];

#endif
