#include "mcu_along_last.h"
#include "mcu_fixed_point.h"
#include "softmax.h"

/* A table of 512 segments at x: 9 bits choose the segment, 7 the place in it. */
static int32_t interpolated(const int16_t *table, int32_t x) {
    const int16_t *segment = table + 256 + (x >> 7);
    return segment[0] + (((segment[1] - segment[0]) * (x & 0x7f) + 64) >> 7);
}

/* exp in Q0.15 of an input that lies `distance` below the largest. */
static int32_t raised(const mcu_softmax_params_t *p, int32_t distance) {
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(distance, p->multiplier, p->shift);
    return interpolated(p->exponential, mcu_clamp(scaled, INT16_MIN - INT16_MAX, 0) + INT16_MAX);
}

static int32_t at_index(const mcu_vector_t *x, int32_t i) {
    return *(const int16_t *)(const void *)(x->at + i * x->step);
}

/* SOFTMAX of int16 along the last axis, as in mcu_lab/numerics/softmax16.py. */
int32_t mcu_softmax_int16(const mcu_call_t *call);
int32_t mcu_softmax_int16(const mcu_call_t *call) {
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
        int32_t largest = INT16_MIN;
        for (int32_t i = 0; i < x.depth; i++) {
            largest = mcu_max(largest, at_index(&x, i));
        }
        uint32_t sum = 0;
        for (int32_t i = 0; i < x.depth; i++) {
            sum += (uint32_t)raised(p, at_index(&x, i) - largest);
        }
        int32_t shift = 30; /* the number of bits of the sum but for its highest */
        for (; !(sum & (1u << 30)); shift--) {
            sum <<= 1;
        }
        const int32_t centred = (int32_t)((sum + (1u << 13)) >> 14) - (1 << 15) - (1 << 16);
        const int32_t fraction = interpolated(p->reciprocal, mcu_clamp(centred, INT16_MIN, INT16_MAX));
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = out->axes[last].lo; i < out->axes[last].hi; i++) {
            const int32_t share = raised(p, at_index(&x, i) - largest) * fraction;
            *(int16_t *)(void *)to = (int16_t)mcu_clamp((share + (1 << (shift - 1))) >> shift, 0, INT16_MAX);
            to += mcu_stride(out, last);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
