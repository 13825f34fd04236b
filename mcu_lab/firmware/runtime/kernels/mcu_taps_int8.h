/* Taps of four int8 channels on cores with the DSP extension; the portable loop is in depthwise_conv_2d.inl. */
#ifndef MCU_TAPS_INT8_H
#define MCU_TAPS_INT8_H

#include "mcu_dsp.h"
#include "mcu_product_q8.h"
#include "mcu_window.h"

#ifdef MCU_HAS_DSP
#define MCU_TAPS_4(p, lines, count, c, taps, w, w_step_h, w_step, sums) \
    mcu_taps_4_int8((p)->quant.input_offset, lines, count, c, taps, w, w_step_h, w_step, sums)

/* sums of four channels += one tap of each. */
static inline void mcu_tap_4_int8(uint32_t offsets, const int8_t *x, const int8_t *w, int32_t *sums) {
    const uint32_t x4 = mcu_load_4(x);
    const uint32_t w4 = mcu_load_4(w);
    const uint32_t x_even = mcu_add_halves(mcu_even_halves(x4), offsets);
    const uint32_t w_even = mcu_even_halves(w4);
    sums[0] = mcu_add_low_product(x_even, w_even, sums[0]);
    sums[2] = mcu_add_high_product(x_even, w_even, sums[2]);
    const uint32_t x_odd = mcu_add_halves(mcu_odd_halves(x4), offsets);
    const uint32_t w_odd = mcu_odd_halves(w4);
    sums[1] = mcu_add_low_product(x_odd, w_odd, sums[1]);
    sums[3] = mcu_add_high_product(x_odd, w_odd, sums[3]);
}

static MCU_AS_WRITTEN void mcu_taps_4_int8(int32_t offset, const mcu_line_t *lines, int32_t count, int32_t c,
                                           int32_t taps, const int8_t *w, int32_t w_step_h, int32_t w_step,
                                           int32_t *sums) {
    const uint32_t offsets = mcu_both_halves(offset);
    int32_t own[4] = {sums[0], sums[1], sums[2], sums[3]};
    for (const mcu_line_t *end = lines + count; lines != end; lines++) {
        const int8_t *x = (const int8_t *)lines->at + c;
        const int8_t *v = w;
        for (int32_t left = taps; left > 0; left--) {
            mcu_tap_4_int8(offsets, x, v, own);
            x += lines->step;
            v += w_step;
        }
        w += w_step_h;
    }
    memcpy(sums, own, sizeof own);
}
#endif

#endif
