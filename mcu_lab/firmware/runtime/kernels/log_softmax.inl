/* LOG_SOFTMAX of 8-bit elements. The file that includes this defines MCU_KERNEL, MCU_ELEMENT, MCU_LEAST and MCU_MOST. */
#include "log_softmax.h"
#include "mcu_along_last.h"
#include "mcu_log_of_sum.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_log_softmax_params_t *p = call->args->params;
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
        int32_t largest = MCU_LEAST;
        for (int32_t i = 0; i < x.depth; i++) {
            largest = mcu_max(largest, *(const MCU_ELEMENT *)(const void *)(x.at + i * x.step));
        }
        int32_t sum = 0;
        for (int32_t i = 0; i < x.depth; i++) {
            const int32_t distance = largest - *(const MCU_ELEMENT *)(const void *)(x.at + i * x.step);
            sum += mcu_rounding_divide_by_pot(p->table[distance], 12);
        }
        const int32_t log = mcu_log_of_sum(sum);
        const int32_t back = mcu_multiply_by_quantized_multiplier(log + INT32_MIN, p->back_multiplier, p->back_shift);
        const int32_t far = mcu_min(p->reach + 1, -back); /* from here on the least value */
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const int32_t distance = largest - *(const MCU_ELEMENT *)(const void *)(x.at + i * x.step);
            int32_t found = MCU_LEAST;
            if (distance < far) {
                const int32_t scaled = mcu_multiply_by_quantized_multiplier(-distance, p->multiplier, p->shift);
                found = mcu_clamp(mcu_rounding_divide_by_pot(scaled - log, 22) + MCU_MOST, MCU_LEAST, MCU_MOST);
            }
            *(MCU_ELEMENT *)(void *)to = (MCU_ELEMENT)found;
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
