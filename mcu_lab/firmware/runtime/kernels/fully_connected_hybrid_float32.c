#include "fully_connected_hybrid.h"

/* Element d of a row of the input, and how many lie behind it at the same distance; NULL: the tables are wrong. */
static const uint8_t *element(const mcu_call_t *call, int32_t row, int32_t d, int32_t *step, int32_t *count) {
    const mcu_fully_connected_hybrid_params_t *p = call->args->params;
    int32_t at[MCU_MAX_RANK];
    int32_t number = row * p->depth + d;
    for (int32_t axis = p->rank - 1; axis >= 0; axis--) {
        at[axis] = number % p->input_shape[axis];
        number /= p->input_shape[axis];
    }
    const mcu_view_t *in = mcu_holding_all(call, 0, at);
    if (!in) {
        return NULL;
    }
    *step = mcu_stride(in, p->rank - 1);
    *count = mcu_min(p->depth - d, mcu_straight(in, at));
    return mcu_read(call, in, at);
}

/* Quantizes a row into scratch memory. */
static int32_t quantize_row(const mcu_call_t *call, int32_t row, mcu_input_t *q) {
    const mcu_fully_connected_hybrid_params_t *p = call->args->params;
    mcu_range_of_t range = {0.0f, 0.0f};
    int32_t step = 0, count = 0;
    for (int32_t d = 0; d < p->depth; d += count) {
        const uint8_t *at = element(call, row, d, &step, &count);
        if (!at) {
            return MCU_E_VIEW;
        }
        for (int32_t i = 0; i < count; i++) {
            mcu_widen(&range, *(const float *)(const void *)(at + i * step));
        }
    }
    *q = mcu_input_of(&p->hybrid, range);
    int8_t *to = mcu_scratch(call);
    const int32_t last = mcu_together(p->depth);
    for (int32_t d = 0; d < p->depth; d += count) {
        const uint8_t *at = element(call, row, d, &step, &count);
        for (int32_t i = 0; i < count; i++) {
            to[d + i] = mcu_quantized_input(q, *(const float *)(const void *)(at + i * step), d + i < last);
        }
    }
    return MCU_OK;
}

/* The products of the quantized row with the weights of a unit. */
static int32_t multiply(const mcu_call_t *call, const mcu_input_t *q, int32_t unit, int32_t *sum) {
    const mcu_fully_connected_hybrid_params_t *p = call->args->params;
    const int32_t last = p->rank - 1;
    const int8_t *values = mcu_scratch(call);
    int32_t at[MCU_MAX_RANK] = {0};
    uint32_t total = 0;
    at[last - 1] = unit;
    for (int32_t d = 0, count = 0; d < p->depth; d += count) {
        at[last] = d;
        const mcu_view_t *filter = mcu_holding_all(call, 1, at);
        if (!filter) {
            return MCU_E_VIEW;
        }
        const int8_t *w = (const void *)mcu_read(call, filter, at);
        const int32_t step = mcu_stride(filter, last);
        count = mcu_min(p->depth - d, mcu_straight(filter, at));
        for (int32_t i = 0; i < count; i++) {
            total += (uint32_t)((values[d + i] - q->offset) * w[i * step]);
        }
    }
    *sum = (int32_t)total;
    return MCU_OK;
}

int32_t mcu_fully_connected_hybrid_float32(const mcu_call_t *call);
int32_t mcu_fully_connected_hybrid_float32(const mcu_call_t *call) {
    const mcu_fully_connected_hybrid_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = p->rank - 1;
    const int32_t has_bias = mcu_in(call, 2) != NULL;
    int32_t at[MCU_MAX_RANK];
    int32_t bias_at[MCU_MAX_RANK] = {0};
    int32_t held = -1;
    mcu_input_t q = {1.0f, 0.0f, 0, 0};
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        int32_t row = 0;
        for (int32_t axis = 0; axis < last; axis++) {
            row = row * p->output_shape[axis] + at[axis];
        }
        if (row != held) {
            const int32_t code = quantize_row(call, row, &q);
            if (code != MCU_OK) {
                return code;
            }
            held = row;
        }
        int32_t sum = 0;
        const int32_t code = multiply(call, &q, at[last], &sum);
        if (code != MCU_OK) {
            return code;
        }
        bias_at[last] = at[last];
        const mcu_view_t *bias = has_bias ? mcu_holding_all(call, 2, bias_at) : NULL;
        if (has_bias && !bias) {
            return MCU_E_VIEW;
        }
        *(float *)(void *)mcu_write(call, out, at) =
            mcu_hybrid_output(&p->hybrid, &q, sum, at[last], bias ? mcu_read(call, bias, bias_at) : NULL);
    } while (mcu_next_straight(out, 1, at));
    return MCU_OK;
}
