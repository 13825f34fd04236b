/* The loop of ADD, MUL and so on. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_ELEMENT_B
 * where the second operand has another type, and MCU_MEET(params, x, y). Each element is written after its operands were read. */
#ifndef MCU_ELEMENT_B
#define MCU_ELEMENT_B MCU_ELEMENT
#endif

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    /* A copy: what a store to an element could change would be loaded anew for each element. */
    const mcu_binary_params_t params = *(const mcu_binary_params_t *)call->args->params;
    const mcu_binary_params_t *p = &params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    const int32_t step = mcu_stride(out, last);
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const mcu_operand_t a = mcu_operand(call, 0, p->a_broadcast, at, out->rank);
        const mcu_operand_t b = mcu_operand(call, 1, p->b_broadcast, at, out->rank);
        if (!a.at || !b.at) {
            return MCU_E_VIEW;
        }
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_min(mcu_straight(out, at), mcu_min(a.count, b.count));
        for (int32_t i = 0; i < count; i++) {
            const MCU_ELEMENT x = *(const MCU_ELEMENT *)(const void *)(a.at + i * a.step);
            const MCU_ELEMENT_B y = *(const MCU_ELEMENT_B *)(const void *)(b.at + i * b.step);
            *(MCU_ELEMENT *)(void *)(to + i * step) = (MCU_ELEMENT)(MCU_MEET(p, x, y));
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
