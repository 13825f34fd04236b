/* Dense runs of int8 products on cores with the DSP extension; the portable loop is in mcu_dot.inl. */
#ifndef MCU_DENSE_INT8_H
#define MCU_DENSE_INT8_H

#include "mcu_dsp.h"
#include "mcu_product_q8.h"

#ifdef MCU_HAS_DSP
#define MCU_DENSE_4(p, x, w, apart, count, sums) mcu_dense_4_int8((p)->quant.input_offset, x, w, apart, count, sums)

/* s += products of four inputs, as two pairs of halves, with the weights at w. */
static inline int32_t mcu_add_4_int8(uint32_t even, uint32_t odd, const int8_t *w, int32_t sum) {
    const uint32_t w4 = mcu_load_4(w);
    sum = mcu_add_products(even, mcu_even_halves(w4), sum);
    return mcu_add_products(odd, mcu_odd_halves(w4), sum);
}

/* Four output channels, whose weights lie `apart` elements apart, four inputs at a time. Two pointers to weights, each
 * moved on as its second load is done, leave all that the loop needs in registers. */
static MCU_AS_WRITTEN void mcu_dense_4_int8(int32_t offset, const int8_t *x, const int8_t *w, int32_t apart, int32_t count,
                                            int32_t *sums) {
    const uint32_t offsets = mcu_both_halves(offset);
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    const int8_t *end = x + (count & ~3);
    const int8_t *v = w + 2 * apart;
    while (x != end) {
        const uint32_t x4 = mcu_load_4(x);
        const uint32_t even = mcu_add_halves(mcu_even_halves(x4), offsets);
        const uint32_t odd = mcu_add_halves(mcu_odd_halves(x4), offsets);
        x += 4;
        s1 = mcu_add_4_int8(even, odd, w + apart, s1);
        s0 = mcu_add_4_int8(even, odd, w, s0);
        w += 4;
        s3 = mcu_add_4_int8(even, odd, v + apart, s3);
        s2 = mcu_add_4_int8(even, odd, v, s2);
        v += 4;
    }
    for (int32_t i = 0; i < (count & 3); i++) {
        const int32_t value = x[i] + offset;
        s0 += value * w[i];
        s1 += value * w[apart + i];
        s2 += value * v[i];
        s3 += value * v[apart + i];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

#endif
