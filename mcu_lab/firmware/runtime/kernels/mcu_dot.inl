/* Runs of products for the bodies that include this, which have defined MCU_PARAMS and what mcu_product_*.h defines. */

/* The operands: their elements lie `step` elements apart. */
typedef struct mcu_run {
    const MCU_ELEMENT *at;
    int32_t step;
} mcu_run_t;
typedef struct mcu_weights {
    const MCU_WEIGHT *at;
    int32_t step;
} mcu_weights_t;

static MCU_SUM mcu_dot_1(const MCU_PARAMS *p, mcu_run_t x, mcu_weights_t w, int32_t count, MCU_SUM sum) {
    (void)p;
    for (int32_t i = 0; i < count; i++) {
        sum += MCU_LIFT_INPUT(p, x.at[i * x.step]) * MCU_LIFT_WEIGHT(p, w.at[i * w.step]);
    }
    return sum;
}

#ifndef MCU_DENSE_4
#define MCU_DENSE_4 mcu_dense_4
/* Four output channels at once, whose weights lie `apart` elements apart: each input is loaded once for all. */
static MCU_APART void mcu_dense_4(const MCU_PARAMS *p, const MCU_ELEMENT *x, const MCU_WEIGHT *w0, int32_t apart,
                                  int32_t count, MCU_SUM *sums) {
    const MCU_WEIGHT *w1 = w0 + apart;
    const MCU_WEIGHT *w2 = w1 + apart;
    const MCU_WEIGHT *w3 = w2 + apart;
    MCU_SUM s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    (void)p;
    for (int32_t i = 0; i < count; i++) {
        const MCU_SUM v = MCU_LIFT_INPUT(p, x[i]);
        s0 += v * MCU_LIFT_WEIGHT(p, w0[i]);
        s1 += v * MCU_LIFT_WEIGHT(p, w1[i]);
        s2 += v * MCU_LIFT_WEIGHT(p, w2[i]);
        s3 += v * MCU_LIFT_WEIGHT(p, w3[i]);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

/* The sums of `channels` neighbouring output channels (at most 4) += products of `count` inputs with their weights. */
static void mcu_dot(const MCU_PARAMS *p, mcu_run_t x, mcu_weights_t w, int32_t apart, int32_t count, int32_t channels,
                    MCU_SUM *sums) {
    if (channels == 4 && x.step == 1 && w.step == 1) {
        MCU_DENSE_4(p, x.at, w.at, apart, count, sums);
        return;
    }
    for (int32_t i = 0; i < channels; i++) {
        const mcu_weights_t wi = {w.at + i * apart, w.step};
        sums[i] = mcu_dot_1(p, x, wi, count, sums[i]);
    }
}
