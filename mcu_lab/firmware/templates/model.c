/* @title@, made by mcu_lab: one row a step of the plan. Do not edit: make it again. */
#include "@name@.h"
@declarations@

@weights_declarations@

@definitions@

static const mcu_view_t *const input_views[] = {@input_views@};
static const mcu_view_t *const output_views[] = {@output_views@};
static const uint8_t input_element_bytes[] = {@input_element_bytes@};
static const uint8_t output_element_bytes[] = {@output_element_bytes@};

const mcu_view_t *@name@_input_view(int32_t index) {
    return index >= 0 && index < @NAME@_INPUTS ? input_views[index] : NULL;
}

const mcu_view_t *@name@_output_view(int32_t index) {
    return index >= 0 && index < @NAME@_OUTPUTS ? output_views[index] : NULL;
}

void @name@_memories(const @name@_context_t *context, mcu_memory_t *memory) {
    (void)context;
@memories@}

int32_t @name@_init(const @name@_context_t *context) {
@checks@@initial@    return MCU_OK;
}

int32_t @name@_set_input(const @name@_context_t *context, int32_t index, const void *values) {
    mcu_memory_t memory[@NAME@_MEMORIES];
    const mcu_view_t *view = @name@_input_view(index);
    if (!view || !values) {
        return MCU_E_ARGUMENT;
    }
    @name@_memories(context, memory);
    return mcu_scatter(memory, view, input_element_bytes[index], values);
}

int32_t @name@_get_output(const @name@_context_t *context, int32_t index, void *values) {
    mcu_memory_t memory[@NAME@_MEMORIES];
    const mcu_view_t *view = @name@_output_view(index);
    if (!view || !values) {
        return MCU_E_ARGUMENT;
    }
    @name@_memories(context, memory);
    return mcu_gather(memory, view, output_element_bytes[index], values);
}

int32_t @name@_run_rows(const @name@_context_t *context, int32_t *failed_row) {
    mcu_memory_t memory[@NAME@_MEMORIES];
    @name@_memories(context, memory);
    return mcu_run(steps, @NAME@_STEPS, memory, context->port, failed_row);
}

int32_t @name@_run(const @name@_context_t *context) { return @name@_run_rows(context, NULL); }
