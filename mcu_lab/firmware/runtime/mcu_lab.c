#include "mcu_lab.h"

int32_t mcu_run(const mcu_step_t *steps, int32_t count, const mcu_memory_t *memory, const mcu_port_t *port,
                int32_t *failed_row) {
    for (int32_t row = 0; row < count; row++) {
        const mcu_call_t call = {steps[row].args, memory, port, row};
        int32_t code = steps[row].kernel ? steps[row].kernel(&call) : MCU_OK;
        if (code >= 0 && port && port->after_step) {
            code = port->after_step(port->context, &call);
        }
        if (code < 0) {
            if (failed_row) {
                *failed_row = row;
            }
            return code;
        }
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
