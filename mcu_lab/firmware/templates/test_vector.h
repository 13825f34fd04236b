/* Inputs of @title@ and what must come out, made by mcu_lab for main.c. */
#ifndef @NAME@_TEST_VECTOR_H
#define @NAME@_TEST_VECTOR_H

#include <stdint.h>

/* Runs one after the other, each of which finds the state that the one before has left. */
#define @NAME@_TEST_FRAMES @test_frames@

/* Row-major little-endian bytes of each input and expected output, those of the first run first; an expected output may be
 * NULL: unknown. */
extern const void *const @name@_test_inputs[];
extern const void *const @name@_test_outputs[];
/* What memories out of the core's reach hold; NULL for all others. */
extern void *const @name@_test_banks[];

#endif
