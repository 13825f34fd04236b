#include "mcu_along_last.h"
#include "mcu_exp.h"
#include "softmax.h"

static float at_index(const mcu_vector_t *x, int32_t i) { return *(const float *)(const void *)(x->at + i * x->step); }

/* SOFTMAX of float32 along the last axis; sums run from first to last. */
int32_t mcu_softmax_float32(const mcu_call_t *call);
int32_t mcu_softmax_float32(const mcu_call_t *call) {
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
        float largest = at_index(&x, 0);
        for (int32_t i = 1; i < x.depth; i++) {
            const float value = at_index(&x, i);
            largest = value > largest ? value : largest;
        }
        float sum = 0.0f;
        for (int32_t i = 0; i < x.depth; i++) {
            sum += mcu_exp((at_index(&x, i) - largest) * p->beta);
        }
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            *(float *)(void *)to = mcu_exp((at_index(&x, i) - largest) * p->beta) / sum;
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
