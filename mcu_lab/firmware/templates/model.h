/* @title@, made by mcu_lab. Do not edit: make it again. */
#ifndef @NAME@_H
#define @NAME@_H

#include "mcu_table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define @NAME@_ARENA_BYTES @arena_bytes@
#define @NAME@_WEIGHTS_BYTES @weights_bytes@
#define @NAME@_STEPS @step_count@
#define @NAME@_MEMORIES @memory_count@
#define @NAME@_TABLE_BYTES @table_bytes@ /* flash of the steps, where pointers have four bytes */
#define @NAME@_FRAMES @frames@
#define @NAME@_COUNTERS @counters@
#define @NAME@_ALIGNMENT 16

/* After the definition of an array that is to be the arena: too small a one does not compile. */
#define @NAME@_CHECK_ARENA(array) typedef char @name@_arena_is_too_small[sizeof(array) >= @NAME@_ARENA_BYTES ? 1 : -1]

@tensor_macros@
/* What the caller provides; must stay valid while the model is used. Arrays are aligned to @NAME@_ALIGNMENT. */
typedef struct @name@_context {
@context_fields@    const mcu_port_t *port; /* @port_note@ */
} @name@_context_t;

/* All functions return MCU_OK or a negative code (mcu_lab.h, or a port callback's own). */

/* Once, before the first run: checks the context, and puts into RAM what has to lie there from the start. */
int32_t @name@_init(const @name@_context_t *context);
@reset_header@
/* Copies a row-major array of the whole input (output) `index` into (out of) its place, or its several places. What lies
 * in a memory that only the port reaches is not set: the port's read_start is asked for it, by memory and offset.
 * MCU_E_ARGUMENT where that is so of all of an input. */
int32_t @name@_set_input(const @name@_context_t *context, int32_t index, const void *values);
int32_t @name@_get_output(const @name@_context_t *context, int32_t index, void *values);

/* One inference. Inputs share memory with what comes later: set all of them before every run. */
int32_t @name@_run(const @name@_context_t *context);
@stream_header@
/* For tests: where inputs and outputs lie, all memories, and a run that names the failed row. */
const mcu_tensor_t *@name@_input(int32_t index);
const mcu_tensor_t *@name@_output(int32_t index);
void @name@_memories(const @name@_context_t *context, mcu_memory_t *memory);
int32_t @name@_run_rows(const @name@_context_t *context, int32_t *failed_row);

#ifdef __cplusplus
}
#endif

#endif
