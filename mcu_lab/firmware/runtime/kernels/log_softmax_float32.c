#include "mcu_along_last.h"
#include "mcu_elementary.h"

/* LOG_SOFTMAX of float32; sums run from first to last. */
int32_t mcu_log_softmax_float32(const mcu_call_t *call);
int32_t mcu_log_softmax_float32(const mcu_call_t *call) {
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
        float largest = *(const float *)(const void *)x.at;
        for (int32_t i = 1; i < x.depth; i++) {
            const float value = *(const float *)(const void *)(x.at + i * x.step);
            largest = value > largest ? value : largest;
        }
        float sum = 0.0f;
        for (int32_t i = 0; i < x.depth; i++) {
            sum += mcu_exp_float(*(const float *)(const void *)(x.at + i * x.step) - largest);
        }
        const float log = mcu_log(sum);
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const float below = *(const float *)(const void *)(x.at + i * x.step) - largest;
            *(float *)(void *)to = below - log;
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
