/* SOFTMAX of 8-bit elements. The file that includes this defines MCU_KERNEL, MCU_ELEMENT, MCU_LEAST, MCU_MOST and
 * MCU_STORED(params, probability in units of the output scale). Sums run from first to last, as floats need. */
#include "softmax.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_softmax_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        int32_t from[MCU_MAX_RANK];
        memcpy(from, at, sizeof from);
        from[last] = 0; /* the whole axis is read, whatever part of it is written */
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        const int32_t depth = mcu_extent(in, last);
        const int32_t step = mcu_stride(in, last);
        const uint8_t *x = mcu_read(call, in, from);
        int32_t largest = *(const MCU_ELEMENT *)(const void *)x;
        for (int32_t i = 1; i < depth; i++) {
            largest = mcu_max(largest, *(const MCU_ELEMENT *)(const void *)(x + i * step));
        }
        float sum = 0.0f;
        for (int32_t i = 0; i < depth; i++) {
            sum += p->table[255 - largest + *(const MCU_ELEMENT *)(const void *)(x + i * step)];
        }
        const float scale = 1.0f / (sum * p->scale);
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const int32_t distance = largest - *(const MCU_ELEMENT *)(const void *)(x + i * step);
            const float share = p->table[255 - distance] * scale;
            *(MCU_ELEMENT *)(void *)to = (MCU_ELEMENT)mcu_clamp(MCU_STORED(p, share), MCU_LEAST, MCU_MOST);
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
