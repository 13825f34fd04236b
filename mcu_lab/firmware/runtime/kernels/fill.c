#include "mcu_elements.h"

/* FILL: the one element of input 1 everywhere. */
int32_t mcu_fill(const mcu_call_t *call);
int32_t mcu_fill(const mcu_call_t *call) {
    const mcu_view_t *value = mcu_in(call, 1);
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK] = {0};
    int32_t count;
    if (!value) {
        return MCU_E_VIEW;
    }
    const uint8_t *from = mcu_read(call, value, at);
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        count = mcu_straight(out, at);
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, last), from, 0, count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
