#include "mcu_lab.h"

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

int32_t mcu_scatter(const mcu_memory_t *memory, const mcu_view_t *view, int32_t element_bytes, const void *values) {
    uint8_t *base = memory[view->memory].write;
    const uint8_t *from = values;
    const int32_t last = (int32_t)view->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!base) {
        return MCU_E_ARGUMENT;
    }
    if (!mcu_first_run(view, at)) {
        return MCU_OK;
    }
    do {
        uint8_t *to = base + mcu_offset(view, at);
        for (int32_t i = 0; i < mcu_extent(view, last); i++) {
            memcpy(to + i * mcu_stride(view, last), from, (size_t)element_bytes);
            from += element_bytes;
        }
    } while (mcu_next_run(view, at));
    return MCU_OK;
}

int32_t mcu_gather(const mcu_memory_t *memory, const mcu_view_t *view, int32_t element_bytes, void *values) {
    const uint8_t *base = memory[view->memory].read;
    uint8_t *to = values;
    const int32_t last = (int32_t)view->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!base) {
        return MCU_E_ARGUMENT;
    }
    if (!mcu_first_run(view, at)) {
        return MCU_OK;
    }
    do {
        const uint8_t *from = base + mcu_offset(view, at);
        for (int32_t i = 0; i < mcu_extent(view, last); i++) {
            memcpy(to, from + i * mcu_stride(view, last), (size_t)element_bytes);
            to += element_bytes;
        }
    } while (mcu_next_run(view, at));
    return MCU_OK;
}
