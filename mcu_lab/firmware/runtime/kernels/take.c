#include "take.h"

#include "mcu_elements.h"

/* The piece of an axis that has output coordinate `at`, and how many coordinates it has from there on. */
static const int32_t *piece_of(const mcu_take_params_t *p, int32_t axis, int32_t at, int32_t *left) {
    int32_t k = p->first[axis];
    while (k + 1 < p->first[axis + 1] && p->pieces[3 * (k + 1)] <= at) {
        k++;
    }
    *left = k + 1 < p->first[axis + 1] ? p->pieces[3 * (k + 1)] - at : INT32_MAX;
    return &p->pieces[3 * k];
}

/* How many elements, so many coordinates apart along the last axis, lie on a straight line from c on. */
static int32_t straight(const mcu_view_t *view, int32_t step, const int32_t *c) {
    const int32_t last = (int32_t)view->rank - 1;
    if (step == 0) {
        return INT32_MAX;
    }
    if (step == 1) {
        return mcu_straight(view, c);
    }
    if ((int32_t)view->ring_axis == last) {
        return 1;
    }
    return step > 0 ? (view->axes[last].hi - 1 - c[last]) / step + 1 : (c[last] - view->axes[last].lo) / -step + 1;
}

int32_t mcu_take(const mcu_call_t *call);
int32_t mcu_take(const mcu_call_t *call) {
    const mcu_take_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t from[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        int32_t step = 0;
        count = INT32_MAX;
        for (int32_t axis = 0; axis <= last; axis++) {
            const int32_t *piece = piece_of(p, axis, at[axis], &count);
            step = piece[2];
            from[axis] = piece[1] + step * (at[axis] - piece[0]);
        }
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        count = mcu_min(mcu_min(count, mcu_straight(out, at)), straight(in, step, from));
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, last), mcu_read(call, in, from),
                     step * mcu_stride(in, last), count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
