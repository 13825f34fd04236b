/* SOFTMAX of 8-bit elements. The file that includes this defines MCU_KERNEL, MCU_INPUT, MCU_OUTPUT, MCU_LEAST and MCU_MOST,
 * the last two being the bounds of the output. */
#include "mcu_along_last.h"
#include "mcu_softmax.h"
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
        const mcu_vector_t x = mcu_vector(call, out, at);
        if (!x.at) {
            return MCU_E_VIEW;
        }
        int32_t largest = *(const MCU_INPUT *)(const void *)x.at;
        for (int32_t i = 1; i < x.depth; i++) {
            largest = mcu_max(largest, *(const MCU_INPUT *)(const void *)(x.at + i * x.step));
        }
        uint32_t sum = 0;
        for (int32_t i = 0; i < x.depth; i++) {
            sum += mcu_softmax_addend(p->table[largest - *(const MCU_INPUT *)(const void *)(x.at + i * x.step)]);
        }
        const mcu_softmax_row_t row = mcu_softmax_row(sum, 8 * (int32_t)sizeof(MCU_OUTPUT));
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const int32_t distance = largest - *(const MCU_INPUT *)(const void *)(x.at + i * x.step);
            const int32_t share = mcu_softmax_share(row, p->table[distance]);
            *(MCU_OUTPUT *)(void *)to = (MCU_OUTPUT)mcu_min(share + MCU_LEAST, MCU_MOST);
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
