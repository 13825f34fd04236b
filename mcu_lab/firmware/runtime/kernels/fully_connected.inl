/* FULLY_CONNECTED. The file that includes this defines MCU_KERNEL (its name) and includes mcu_product_<dtype>.h. */
#include "fully_connected.h"

#define MCU_PARAMS mcu_fully_connected_params_t
#include "mcu_dot.inl"
#include "mcu_finish.inl"

enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT), WEIGHT = (int32_t)sizeof(MCU_WEIGHT) };

/* How many elements at the end of the shape lie one behind the other in the View, so that they make one run. */
static int32_t run_length(const mcu_fully_connected_params_t *p, const mcu_view_t *view) {
    int32_t axis = p->rank - 1;
    int32_t run = p->input_shape[axis];
    while ((int32_t)view->ring_axis != axis && axis > 0 && mcu_extent(view, axis) == p->input_shape[axis] &&
           (int32_t)view->ring_axis != axis - 1 &&
           mcu_stride(view, axis - 1) == mcu_stride(view, axis) * p->input_shape[axis] &&
           mcu_extent(view, axis - 1) == p->input_shape[axis - 1]) {
        axis--;
        run *= p->input_shape[axis];
    }
    return run;
}

/* Adds the products of inputs lo <= d < hi of a row with `units` (4 or 1) units, the first at `unit`. */
static int32_t add_row(const mcu_call_t *call, int32_t row, int32_t lo, int32_t hi, int32_t unit, int32_t units,
                       MCU_SUM *sums) {
    const mcu_fully_connected_params_t *p = call->args->params;
    const int32_t last = p->rank - 1;
    int32_t w_at[MCU_MAX_RANK] = {0};
    w_at[last - 1] = unit;
    for (int32_t d = lo, count = 0; d < hi; d += count) {
        int32_t at[MCU_MAX_RANK];
        int32_t number = row * p->depth + d;
        for (int32_t axis = last; axis >= 0; axis--) {
            at[axis] = number % p->input_shape[axis];
            number /= p->input_shape[axis];
        }
        const mcu_view_t *in = mcu_holding_all(call, 0, at);
        if (!in) {
            return MCU_E_VIEW;
        }
        w_at[last] = d;
        const mcu_view_t *filter = call->args->in[1].count == 1 ? mcu_in(call, 1) : mcu_holding_all(call, 1, w_at);
        if (!filter) {
            return MCU_E_VIEW;
        }
        const int32_t run = run_length(p, in);
        const int32_t joined = run > p->input_shape[last];
        count = mcu_min(hi - d, joined ? run - (row * p->depth + d) % run : mcu_straight(in, at));
        count = mcu_min(count, mcu_straight(filter, w_at));
        const mcu_run_t x = {(const void *)mcu_read(call, in, at), mcu_stride(in, last) / ELEMENT};
        const mcu_weights_t w = {(const void *)mcu_read(call, filter, w_at), mcu_stride(filter, last) / WEIGHT};
        mcu_dot(p, x, w, mcu_stride(filter, last - 1) / WEIGHT, count, units, sums);
    }
    return MCU_OK;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_fully_connected_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *sums = call->args->sums;
    const mcu_view_t *box = sums ? sums : out;
    const mcu_slot_t *filter = &call->args->in[1];
    const int32_t has_bias = mcu_in(call, 2) != NULL;
    const int32_t fresh = !sums || (call->args->flags & MCU_FIRST);
    const int32_t lo = sums ? call->args->reduce_lo * p->reduce_unit : 0;
    const int32_t hi = sums ? call->args->reduce_hi * p->reduce_unit : p->depth;
    const int32_t last = p->rank - 1;
    const int32_t out_step = out ? mcu_stride(out, last) : 0;
    /* Units whose weights lie side by side are made four at a time. */
    const int32_t most = filter->count == 1 && (int32_t)filter->views->ring_axis != last - 1 ? 4 : 1;
    int32_t at[MCU_MAX_RANK];
    int32_t bias_at[MCU_MAX_RANK] = {0};
    int32_t units;
    if (!mcu_first_run(box, at)) {
        return MCU_OK;
    }
    do { /* one row, or a run of its units */
        const int32_t first = at[last];
        bias_at[last] = first;
        const mcu_view_t *bias = has_bias ? mcu_holding_all(call, 2, bias_at) : NULL;
        if (has_bias && !bias) {
            return MCU_E_VIEW;
        }
        const uint8_t *biases = bias ? mcu_read(call, bias, bias_at) : NULL;
        const int32_t bias_step = bias ? mcu_stride(bias, last) : 0;
        units = bias ? mcu_straight(bias, bias_at) : INT32_MAX;
        units = mcu_min(units, out ? mcu_straight(out, at) : INT32_MAX);
        units = mcu_min(units, sums ? mcu_straight(sums, at) : INT32_MAX);
        int32_t row = 0;
        for (int32_t axis = 0; axis < last; axis++) {
            row = row * p->output_shape[axis] + at[axis];
        }
        uint8_t *to = out ? mcu_write(call, out, at) : NULL;
        uint8_t *keep = sums ? mcu_write(call, sums, at) : NULL;
        int32_t n = 0;
        for (int32_t u = 0; u < units; u += n) {
            n = units - u >= most ? most : 1;
            MCU_SUM part[4] = {0};
            for (int32_t i = 0; i < n && !fresh; i++) {
                part[i] = *(const MCU_KEPT *)(const void *)(keep + (u + i) * mcu_stride(sums, last));
            }
            const int32_t code = add_row(call, row, lo, hi, first + u, n, part);
            if (code != MCU_OK) {
                return code;
            }
            for (int32_t i = 0; i < n && sums; i++) {
                *(MCU_KEPT *)(void *)(keep + (u + i) * mcu_stride(sums, last)) = (MCU_KEPT)part[i];
            }
            if (out) {
                mcu_finish(p, part, n, first + u, biases ? biases + u * bias_step : NULL, bias_step, to + u * out_step,
                           out_step);
            }
        }
    } while (mcu_next_straight(box, units, at));
    return MCU_OK;
}
