/* Reductions, in row-major order. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM, what the
 * first element gives, MCU_OPEN(params, x), one more, MCU_JOIN(params, sum, x), and in the end, MCU_FINISH(params, sum).
 * With sums, int32 in memory, a step adds the rows reduce_lo <= y < reduce_hi. */
#include "mcu_reduce_params.h"

/* Outputs whose sums are kept at a time. */
enum { BLOCK = 16 };

/* The reduced coordinates lo <= c < hi of an axis that are added by this step. */
static void reduced(const mcu_call_t *call, int32_t axis, int32_t *lo, int32_t *hi) {
    const mcu_reduce_params_t *p = call->args->params;
    const int32_t sliced = call->args->sums && axis == MCU_H;
    *lo = sliced ? call->args->reduce_lo : 0;
    *hi = sliced ? call->args->reduce_hi : p->shape[axis];
}

/* Moves c to the next coordinate of the reduced axes in row-major order; 0 behind the last one. */
static int32_t next_reduced(const mcu_call_t *call, int32_t *c) {
    const mcu_reduce_params_t *p = call->args->params;
    for (int32_t axis = p->rank - 1; axis >= 0; axis--) {
        if (p->kept[axis] >= 0) {
            continue;
        }
        int32_t lo, hi;
        reduced(call, axis, &lo, &hi);
        if (++c[axis] < hi) {
            return 1;
        }
        c[axis] = lo;
    }
    return 0;
}

/* Adds all that makes n outputs from `at` on along the last axis; `fresh`: to nothing. */
static int32_t add_up(const mcu_call_t *call, const int32_t *at, int32_t n, int32_t fresh, MCU_SUM *sums) {
    const mcu_reduce_params_t *p = call->args->params;
    const int32_t last = p->rank - 1;
    int32_t from[MCU_MAX_RANK] = {0};
    for (int32_t axis = 0; axis < p->rank; axis++) {
        int32_t hi;
        if (p->kept[axis] < 0) {
            reduced(call, axis, &from[axis], &hi);
        } else {
            from[axis] = at[p->kept[axis]];
        }
    }
    /* Neighbouring outputs come from neighbouring inputs, unless the last axis of the input is reduced. */
    const int32_t run = p->kept[last] == last ? n : 1;
    do {
        for (int32_t i = 0, straight = 0; i < run; i += straight) {
            from[last] += i;
            const mcu_view_t *in = mcu_holding_all(call, 0, from);
            if (!in) {
                return MCU_E_VIEW;
            }
            const uint8_t *x = mcu_read(call, in, from);
            const int32_t step = mcu_stride(in, last);
            straight = mcu_min(run - i, mcu_straight(in, from));
            for (int32_t k = 0; k < straight; k++) {
                const MCU_ELEMENT value = *(const MCU_ELEMENT *)(const void *)(x + k * step);
                sums[i + k] = fresh ? MCU_OPEN(p, value) : MCU_JOIN(p, sums[i + k], value);
            }
            from[last] -= i;
        }
        fresh = 0;
    } while (next_reduced(call, from));
    return MCU_OK;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_reduce_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *kept = call->args->sums;
    const mcu_view_t *box = kept ? kept : out;
    const int32_t fresh = !kept || (call->args->flags & MCU_FIRST);
    const int32_t last = p->rank - 1;
    const int32_t most = p->kept[last] == last ? BLOCK : 1;
    int32_t at[MCU_MAX_RANK];
    if (!mcu_first_run(box, at)) {
        return MCU_OK;
    }
    do {
        int32_t n = 0;
        for (at[last] = box->axes[last].lo; at[last] < box->axes[last].hi; at[last] += n) {
            uint8_t *to = out ? mcu_write(call, out, at) : NULL;
            uint8_t *keep = kept ? mcu_write(call, kept, at) : NULL;
            MCU_SUM sums[BLOCK] = {0};
            n = mcu_min(most, out ? mcu_straight(out, at) : INT32_MAX);
            n = mcu_min(n, kept ? mcu_straight(kept, at) : INT32_MAX);
            for (int32_t i = 0; i < n && !fresh; i++) {
                sums[i] = (MCU_SUM)*(const int32_t *)(const void *)(keep + i * mcu_stride(kept, last));
            }
            const int32_t code = add_up(call, at, n, fresh, sums);
            if (code != MCU_OK) {
                return code;
            }
            for (int32_t i = 0; i < n && kept; i++) {
                *(int32_t *)(void *)(keep + i * mcu_stride(kept, last)) = (int32_t)sums[i];
            }
            for (int32_t i = 0; i < n && out; i++) {
                *(MCU_ELEMENT *)(void *)(to + i * mcu_stride(out, last)) = MCU_FINISH(p, sums[i]);
            }
        }
        at[last] = box->axes[last].lo;
    } while (mcu_next_run(box, at));
    return MCU_OK;
}
