#include "mcu_elements.h"

/* ZEROS_LIKE. */
int32_t mcu_zeros(const mcu_call_t *call);
int32_t mcu_zeros(const mcu_call_t *call) {
    static const uint8_t zero[8] = {0};
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        count = mcu_straight(out, at);
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, last), zero, 0, count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
