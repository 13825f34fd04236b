/* One element in, one element out, at the same place. The file that includes this defines MCU_KERNEL (its name),
 * MCU_PARAMS, MCU_INPUT, MCU_OUTPUT and MCU_MAP(params, x). Each element is written after it was read; where the output
 * elements are not wider, the output may therefore lie on the input. */
int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const MCU_PARAMS *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const mcu_view_t *in = mcu_holding_all(call, 0, at);
        if (!in) {
            return MCU_E_VIEW;
        }
        const uint8_t *from = mcu_read(call, in, at);
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_min(mcu_straight(in, at), mcu_straight(out, at));
        for (int32_t i = 0; i < count; i++) {
            const MCU_INPUT x = *(const MCU_INPUT *)(const void *)(from + i * mcu_stride(in, last));
            *(MCU_OUTPUT *)(void *)(to + i * mcu_stride(out, last)) = MCU_MAP(p, x);
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
