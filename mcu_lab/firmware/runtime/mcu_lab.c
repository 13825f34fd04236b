#include "mcu_copy_box.h"
#include "mcu_unfold.h"

void mcu_begin(const mcu_table_t *table, mcu_progress_t *progress) {
    memset(progress->runs, 0, table->counters * sizeof *progress->runs);
    progress->frames[0].at = table->rules[0];
    progress->frames[0].left = 0;
    progress->depth = 0;
    progress->row = 0;
}

int32_t mcu_run(const mcu_table_t *table, mcu_progress_t *progress, const mcu_room_t *room, const mcu_memory_t *memory,
                const mcu_port_t *port) {
    mcu_args_t args;
    for (int32_t pattern = mcu_next_pattern(table, progress); pattern >= 0; pattern = mcu_next_pattern(table, progress)) {
        const mcu_kernel_t kernel = mcu_unfold(table, progress, pattern, room, &args);
        const mcu_call_t call = {&args, memory, port, progress->row};
        int32_t code = kernel ? kernel(&call) : MCU_OK;
        if (code == MCU_OK && port && port->after_step) {
            code = port->after_step(port->context, &call);
        }
        if (code < 0 || code == MCU_LATER) {
            return code;
        }
        mcu_step_done(table, progress, pattern);
    }
    return MCU_OK;
}

/* The array as a View of the same box; its axes go where `axes` points. */
static mcu_view_t as_view(const mcu_tensor_t *tensor, const mcu_view_t *view, mcu_axis_t *axes) {
    const mcu_view_t array = {axes, 0, 0, 0, MCU_NO_RING, 0, view->rank};
    int32_t dense = tensor->element_bytes;
    for (int32_t i = (int32_t)view->rank - 1; i >= 0; i--) {
        axes[i] = view->axes[i];
        axes[i].stride = tensor->strides ? tensor->strides[i] : dense;
        dense *= mcu_extent(view, i);
    }
    return array;
}

int32_t mcu_scatter(const mcu_memory_t *memory, const mcu_tensor_t *tensor, const void *values) {
    int32_t code = tensor->count ? MCU_E_ARGUMENT : MCU_OK;
    for (int32_t k = 0; k < tensor->count; k++) {
        const mcu_view_t *view = &tensor->views[k];
        mcu_axis_t axes[MCU_MAX_RANK];
        const mcu_view_t array = as_view(tensor, view, axes);
        if (memory[view->memory].write) {
            mcu_copy_box(memory[view->memory].write, view, values, &array, tensor->element_bytes);
            code = MCU_OK;
        }
    }
    return code;
}

int32_t mcu_gather(const mcu_memory_t *memory, const mcu_tensor_t *tensor, void *values) {
    for (int32_t k = 0; k < tensor->count; k++) {
        const mcu_view_t *view = &tensor->views[k];
        mcu_axis_t axes[MCU_MAX_RANK];
        const mcu_view_t array = as_view(tensor, view, axes);
        if (!memory[view->memory].read) {
            return MCU_E_ARGUMENT;
        }
        mcu_copy_box(values, &array, memory[view->memory].read, view, tensor->element_bytes);
    }
    return MCU_OK;
}
