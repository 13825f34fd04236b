#include "shape.h"

int32_t mcu_shape(const mcu_call_t *call);
int32_t mcu_shape(const mcu_call_t *call) {
    const mcu_shape_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    const int32_t last = (int32_t)out->rank - 1;
    do {
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_straight(out, at);
        for (int32_t i = 0; i < count; i++) {
            memcpy(to + i * mcu_stride(out, last), &p->values[at[last] + i], sizeof p->values[0]);
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
