/* LESS, EQUAL and their kin. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_COMPARED, and
 * MCU_LEFT(params, x) and MCU_RIGHT(params, y), what elements are compared as. Each element is written after its operands were read. */
#include "compare.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_compare_params_t params = *(const mcu_compare_params_t *)call->args->params;
    const mcu_compare_params_t *p = &params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
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
            const MCU_COMPARED x = MCU_LEFT(p, *(const MCU_ELEMENT *)(const void *)(a.at + i * a.step));
            const MCU_COMPARED y = MCU_RIGHT(p, *(const MCU_ELEMENT *)(const void *)(b.at + i * b.step));
            const int32_t stands = x < y ? MCU_LESS : x > y ? MCU_GREATER : x == y ? MCU_EQUAL : MCU_NEITHER;
            to[i * mcu_stride(out, last)] = (p->wanted & stands) != 0;
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
