/* ARG_MAX and ARG_MIN. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT and MCU_INDEX. */
#include "arg.h"

/* Where the best element along the axis is, from[axis] being 0; below 0: no View holds one of them. */
static int32_t best_of(const mcu_call_t *call, int32_t axis, int32_t *from) {
    const mcu_arg_params_t *p = call->args->params;
    MCU_ELEMENT best = 0;
    int32_t at = 0;
    for (int32_t i = 0, straight = 0; i < p->length; i += straight) {
        from[axis] = i;
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        const uint8_t *x = mcu_read(call, in, from);
        const int32_t step = mcu_stride(in, axis);
        straight = mcu_min(p->length - i, mcu_straight_along(in, axis, from));
        for (int32_t k = 0; k < straight; k++) {
            const MCU_ELEMENT value = *(const MCU_ELEMENT *)(const void *)(x + k * step);
            if (i + k == 0 || (p->greatest ? value > best : value < best)) {
                best = value;
                at = i + k;
            }
        }
    }
    return at;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_arg_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    const int32_t axis = last - p->axis_from_last;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_straight(out, at);
        for (int32_t i = 0; i < count; i++) {
            /* The output lacks the axis: what lies before it is one place further on there. */
            int32_t from[MCU_MAX_RANK];
            for (int32_t k = 0; k <= last; k++) {
                const int32_t place = k < axis ? k + 1 : k;
                from[k] = at[place] + (place == last ? i : 0);
            }
            const int32_t found = best_of(call, axis, from);
            if (found < 0) {
                return found;
            }
            *(MCU_INDEX *)(void *)(to + i * mcu_stride(out, last)) = found;
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
