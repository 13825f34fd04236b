/* two layers, made by mcu_lab. Do not edit: make it again. */
#ifndef TWO_LAYERS_H
#define TWO_LAYERS_H

#include "mcu_table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TWO_LAYERS_ARENA_BYTES 8
#define TWO_LAYERS_WEIGHTS_BYTES 24
#define TWO_LAYERS_MEMORIES 2
#define TWO_LAYERS_ALIGNMENT 16

/* After the definition of an array that is to be the arena: too small a one does not compile. */
#define TWO_LAYERS_CHECK_ARENA(array) typedef char two_layers_arena_is_too_small[sizeof(array) >= TWO_LAYERS_ARENA_BYTES ? 1 : -1]

/* Numbers of the memories, as a port's callbacks get them. */
#define TWO_LAYERS_MEMORY_ARENA 0
#define TWO_LAYERS_MEMORY_WEIGHTS 1

/* What the caller provides; must stay valid while the model is used. Arrays are aligned to TWO_LAYERS_ALIGNMENT. */
typedef struct two_layers_context {
    uint8_t *arena; /* 8 bytes */
    const mcu_port_t *port; /* may be NULL */
} two_layers_context_t;

#define TWO_LAYERS_STEPS 2
#define TWO_LAYERS_TABLE_BYTES 259 /* flash of the steps, where pointers have four bytes */
#define TWO_LAYERS_FRAMES 1
#define TWO_LAYERS_COUNTERS 1

#define TWO_LAYERS_INPUTS 1
/* input 0: x */
#define TWO_LAYERS_INPUT_0_TYPE int8_t
#define TWO_LAYERS_INPUT_0_ELEMENTS 4
#define TWO_LAYERS_INPUT_0_RANK 3
#define TWO_LAYERS_INPUT_0_SHAPE {1, 2, 2}
#define TWO_LAYERS_INPUT_0_SCALE 0.5f
#define TWO_LAYERS_INPUT_0_ZERO_POINT (1)
#define TWO_LAYERS_INPUT_0_MEMORY TWO_LAYERS_MEMORY_ARENA
#define TWO_LAYERS_INPUT_0_OFFSET 0 /* dense: usable in place */

#define TWO_LAYERS_OUTPUTS 1
/* output 0: x out */
#define TWO_LAYERS_OUTPUT_0_TYPE int8_t
#define TWO_LAYERS_OUTPUT_0_ELEMENTS 3
#define TWO_LAYERS_OUTPUT_0_RANK 2
#define TWO_LAYERS_OUTPUT_0_SHAPE {1, 3}
#define TWO_LAYERS_OUTPUT_0_SCALE 0.75f
#define TWO_LAYERS_OUTPUT_0_ZERO_POINT (-2)
#define TWO_LAYERS_OUTPUT_0_MEMORY TWO_LAYERS_MEMORY_ARENA
#define TWO_LAYERS_OUTPUT_0_OFFSET 0 /* dense: usable in place */

/* All functions return MCU_OK or a negative code (mcu_lab.h, or a port callback's own). */

/* Once, before the first run: checks the context, and puts into RAM what has to lie there from the start. */
int32_t two_layers_init(const two_layers_context_t *context);

/* Copies a row-major array of the whole input (output) `index` into (out of) its place, or its several places. What lies
 * in a memory that only the port reaches is not set: the port's read_start is asked for it, by memory and offset.
 * MCU_E_ARGUMENT where that is so of all of an input. */
int32_t two_layers_set_input(const two_layers_context_t *context, int32_t index, const void *values);
int32_t two_layers_get_output(const two_layers_context_t *context, int32_t index, void *values);

/* One inference. Inputs share memory with what comes later: set all of them before every run. */
int32_t two_layers_run(const two_layers_context_t *context);

/* For tests: where inputs and outputs lie, all memories, and a run that names the failed row. */
const mcu_tensor_t *two_layers_input(int32_t index);
const mcu_tensor_t *two_layers_output(int32_t index);
void two_layers_memories(const two_layers_context_t *context, mcu_memory_t *memory);
int32_t two_layers_run_rows(const two_layers_context_t *context, int32_t *failed_row);

#ifdef __cplusplus
}
#endif

#endif
