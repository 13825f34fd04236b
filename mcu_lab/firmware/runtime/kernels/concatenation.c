#include "concatenation.h"

#include "mcu_elements.h"

/* The part of one View of input k that lies in the output box. */
static void place(const mcu_call_t *call, int32_t k, const mcu_view_t *in) {
    const mcu_concatenation_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    const int32_t axis = last - p->axis_from_last;
    const uint8_t *table = p->converts[k] < 0 ? NULL : p->tables + 256 * p->converts[k];
    mcu_axis_t common[MCU_MAX_RANK];
    mcu_view_t inside = *in;
    inside.axes = common;
    for (int32_t i = 0; i <= last; i++) {
        const int32_t shift = i == axis ? p->start[k] : 0;
        common[i].lo = mcu_max(in->axes[i].lo, out->axes[i].lo - shift);
        common[i].hi = mcu_min(in->axes[i].hi, out->axes[i].hi - shift);
        common[i].stride = in->axes[i].stride;
    }
    int32_t at[MCU_MAX_RANK];
    int32_t there[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(&inside, at)) {
        return;
    }
    do {
        memcpy(there, at, sizeof there);
        there[axis] += p->start[k];
        const uint8_t *from = mcu_read(call, &inside, at);
        uint8_t *to = mcu_write(call, out, there);
        count = mcu_min(mcu_straight(&inside, at), mcu_straight(out, there));
        if (!table) {
            mcu_copy_run(to, mcu_stride(out, last), from, mcu_stride(in, last), count, call->args->element_bytes);
            continue;
        }
        for (int32_t i = 0; i < count; i++) {
            to[i * mcu_stride(out, last)] = table[from[i * mcu_stride(in, last)]];
        }
    } while (mcu_next_straight(&inside, count, at));
}

int32_t mcu_concatenation(const mcu_call_t *call);
int32_t mcu_concatenation(const mcu_call_t *call) {
    for (int32_t k = 0; k < call->args->in_count; k++) {
        for (int32_t i = 0; i < call->args->in[k].count; i++) {
            place(call, k, &call->args->in[k].views[i]);
        }
    }
    return MCU_OK;
}
