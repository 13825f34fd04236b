#include "mcu_along_last.h"
#include "mcu_square_root.h"

/* L2_NORMALIZATION of float32; sums run from first to last. */
int32_t mcu_l2_normalization_float32(const mcu_call_t *call);
int32_t mcu_l2_normalization_float32(const mcu_call_t *call) {
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
        float squares = 0.0f;
        for (int32_t i = 0; i < x.depth; i++) {
            const float value = *(const float *)(const void *)(x.at + i * x.step);
            const float square = value * value;
            squares += square;
        }
        const float root = mcu_square_root(squares);
        const float length = root < 1e-6f ? 1e-6f : root;
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            *(float *)(void *)to = *(const float *)(const void *)(x.at + i * x.step) / length;
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
