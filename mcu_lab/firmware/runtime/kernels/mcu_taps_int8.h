/* Taps of four int8 channels on cores with the DSP extension; the portable loop is in depthwise_conv_2d.inl. */
#ifndef MCU_TAPS_INT8_H
#define MCU_TAPS_INT8_H

#include "mcu_dsp.h"
#include "mcu_product_q8.h"

#ifdef MCU_HAS_DSP
#define MCU_TAPS_4(p, x, x_step, w, w_step, count, sums) \
    mcu_taps_4_int8((p)->quant.input_offset, x, x_step, w, w_step, count, sums)

static inline void mcu_taps_4_int8(int32_t offset, const int8_t *x, int32_t x_step, const int8_t *w, int32_t w_step,
                                   int32_t count, int32_t *sums) {
    const uint32_t offsets = mcu_both_halves(offset);
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (int32_t i = 0; i < count; i++) {
        const uint32_t x4 = mcu_load_4(x);
        const uint32_t w4 = mcu_load_4(w);
        const uint32_t x_even = mcu_add_halves(mcu_even_halves(x4), offsets);
        const uint32_t x_odd = mcu_add_halves(mcu_odd_halves(x4), offsets);
        const uint32_t w_even = mcu_even_halves(w4);
        const uint32_t w_odd = mcu_odd_halves(w4);
        s0 = mcu_add_low_product(x_even, w_even, s0);
        s1 = mcu_add_low_product(x_odd, w_odd, s1);
        s2 = mcu_add_high_product(x_even, w_even, s2);
        s3 = mcu_add_high_product(x_odd, w_odd, s3);
        x += x_step;
        w += w_step;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

#endif
