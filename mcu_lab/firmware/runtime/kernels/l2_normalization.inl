/* L2_NORMALIZATION of 8-bit elements. The file that includes this defines MCU_KERNEL, MCU_ELEMENT and
 * MCU_SCALED(x, multiplier, shift): the output for a centred input, not clamped yet to MCU_LEAST and MCU_MOST. */
#include "l2_normalization.h"
#include "mcu_along_last.h"
#include "mcu_inverse_root.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_l2_normalization_params_t *p = call->args->params;
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
        int32_t squares = 0;
        for (int32_t i = 0; i < x.depth; i++) {
            const int32_t value = *(const MCU_ELEMENT *)(const void *)(x.at + i * x.step) - p->zero_point;
            squares += value * value;
        }
        int32_t shift;
        const int32_t multiplier = mcu_inverse_root(squares, &shift);
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const int32_t value = *(const MCU_ELEMENT *)(const void *)(x.at + i * x.step) - p->zero_point;
            *(MCU_ELEMENT *)(void *)to = (MCU_ELEMENT)mcu_clamp(MCU_SCALED(value, multiplier, shift), MCU_LEAST, MCU_MOST);
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
