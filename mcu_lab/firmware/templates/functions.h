#define @NAME@_STEPS @step_count@
#define @NAME@_TABLE_BYTES @table_bytes@ /* flash of the steps, where pointers have four bytes */
#define @NAME@_FRAMES @frames@
#define @NAME@_COUNTERS @counters@

@tensor_macros@
/* All functions return MCU_OK or a negative code (mcu_lab.h, or a port callback's own). */

/* Once, before the first run: checks the context, and puts into RAM what has to lie there from the start. */
int32_t @name@_init(const @context@ *context);
@reset_header@
/* Copies a row-major array of the whole input (output) `index` into (out of) its place, or its several places. What lies
 * in a memory that only the port reaches is not set: the port's read_start is asked for it, by memory and offset.
 * MCU_E_ARGUMENT where that is so of all of an input. */
int32_t @name@_set_input(const @context@ *context, int32_t index, const void *values);
int32_t @name@_get_output(const @context@ *context, int32_t index, void *values);

/* One inference. Inputs share memory with what comes later: set all of them before every run. */
int32_t @name@_run(const @context@ *context);
@stream_header@
/* For tests: where inputs and outputs lie, all memories, and a run that names the failed row. */
const mcu_tensor_t *@name@_input(int32_t index);
const mcu_tensor_t *@name@_output(int32_t index);
@memories_header@int32_t @name@_run_rows(const @context@ *context, int32_t *failed_row);
