/* From sums to outputs, for the bodies that include this, which have defined MCU_PARAMS and what mcu_product_*.h
 * defines. */

/* n neighbouring output channels, the first being number `channel`; steps in bytes. bias is NULL where there is none. */
static MCU_AS_WRITTEN void mcu_finish(const MCU_PARAMS *p, const MCU_SUM *sums, int32_t n, int32_t channel,
                                      const uint8_t *bias, int32_t bias_step, uint8_t *to, int32_t to_step) {
    const MCU_PARAMS own = *p; /* which no byte written through `to` can change: fields stay in registers */
    (void)channel;             /* float32 has no multipliers */
#ifdef MCU_FINISH_NARROW
    if (own.narrow && bias && bias_step == (int32_t)sizeof(MCU_SUM) && to_step == (int32_t)sizeof(MCU_ELEMENT)) {
        const MCU_SUM *biases = (const void *)bias;
        MCU_ELEMENT *outputs = (void *)to;
        for (int32_t i = 0; i < n; i++) {
            outputs[i] = MCU_FINISH_NARROW(&own, sums[i] + biases[i], channel + i);
        }
        return;
    }
#endif
    for (int32_t i = 0; i < n; i++) {
        MCU_SUM sum = sums[i];
        if (bias) {
            sum = MCU_ADD_BIAS(sum, *(const MCU_SUM *)(const void *)bias);
            bias += bias_step;
        }
        *(MCU_ELEMENT *)(void *)to = MCU_FINISH(&own, sum, channel + i);
        to += to_step;
    }
}
