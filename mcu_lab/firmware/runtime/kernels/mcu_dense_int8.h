/* Dense runs of int8 products on cores with the DSP extension; the portable loop is in mcu_dot.inl. */
#ifndef MCU_DENSE_INT8_H
#define MCU_DENSE_INT8_H

#include "mcu_dsp.h"
#include "mcu_product_q8.h"

#ifdef MCU_HAS_DSP
#define MCU_DENSE_4(p, x, w, apart, count, sums) mcu_dense_4_int8((p)->quant.input_offset, x, w, apart, count, sums)

/* Four output channels, whose weights lie `apart` elements apart, four inputs at a time. */
static MCU_APART void mcu_dense_4_int8(int32_t offset, const int8_t *x, const int8_t *w, int32_t apart, int32_t count,
                                       int32_t *sums) {
    const uint32_t offsets = mcu_both_halves(offset);
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    const int8_t *end = x + (count & ~3);
    while (x != end) {
        const uint32_t x4 = mcu_load_4(x);
        const uint32_t even = mcu_add_halves(mcu_even_halves(x4), offsets);
        const uint32_t odd = mcu_add_halves(mcu_odd_halves(x4), offsets);
        const uint32_t w0 = mcu_load_4(w);
        const uint32_t w1 = mcu_load_4(w + apart);
        s0 = mcu_add_products(even, mcu_even_halves(w0), s0);
        s0 = mcu_add_products(odd, mcu_odd_halves(w0), s0);
        const uint32_t w2 = mcu_load_4(w + 2 * apart);
        s1 = mcu_add_products(even, mcu_even_halves(w1), s1);
        s1 = mcu_add_products(odd, mcu_odd_halves(w1), s1);
        const uint32_t w3 = mcu_load_4(w + 3 * apart);
        s2 = mcu_add_products(even, mcu_even_halves(w2), s2);
        s2 = mcu_add_products(odd, mcu_odd_halves(w2), s2);
        s3 = mcu_add_products(even, mcu_even_halves(w3), s3);
        s3 = mcu_add_products(odd, mcu_odd_halves(w3), s3);
        x += 4;
        w += 4;
    }
    for (int32_t i = 0; i < (count & 3); i++) {
        const int32_t v = x[i] + offset;
        s0 += v * w[i];
        s1 += v * w[apart + i];
        s2 += v * w[2 * apart + i];
        s3 += v * w[3 * apart + i];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

#endif
