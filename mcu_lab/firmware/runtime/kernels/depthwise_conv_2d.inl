/* DEPTHWISE_CONV_2D. The file that includes this defines MCU_KERNEL (its name) and includes mcu_product_<dtype>.h. */
#include "depthwise_conv_2d.h"

#define MCU_PARAMS mcu_depthwise_conv_2d_params_t
#include "mcu_finish.inl"

enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT) };

/* Adds the taps of one row to one sum; steps in elements from tap to tap. */
static inline MCU_SUM taps_1(const mcu_depthwise_conv_2d_params_t *p, const MCU_ELEMENT *x, int32_t x_step,
                             const MCU_ELEMENT *w, int32_t w_step, int32_t count, MCU_SUM sum) {
    (void)p;
    for (int32_t i = 0; i < count; i++) {
        sum += MCU_LIFT_INPUT(p, x[i * x_step]) * MCU_LIFT_WEIGHT(p, w[i * w_step]);
    }
    return sum;
}

#ifndef MCU_TAPS_4
#define MCU_TAPS_4 taps_4
/* The same for four neighbouring dense channels. */
static inline void taps_4(const mcu_depthwise_conv_2d_params_t *p, const MCU_ELEMENT *x, int32_t x_step,
                          const MCU_ELEMENT *w, int32_t w_step, int32_t count, MCU_SUM *sums) {
    MCU_SUM s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    (void)p;
    for (int32_t i = 0; i < count; i++) {
        const MCU_ELEMENT *xi = x + i * x_step;
        const MCU_ELEMENT *wi = w + i * w_step;
        s0 += MCU_LIFT_INPUT(p, xi[0]) * MCU_LIFT_WEIGHT(p, wi[0]);
        s1 += MCU_LIFT_INPUT(p, xi[1]) * MCU_LIFT_WEIGHT(p, wi[1]);
        s2 += MCU_LIFT_INPUT(p, xi[2]) * MCU_LIFT_WEIGHT(p, wi[2]);
        s3 += MCU_LIFT_INPUT(p, xi[3]) * MCU_LIFT_WEIGHT(p, wi[3]);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_depthwise_conv_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *filter = mcu_in(call, 1);
    const mcu_view_t *bias = mcu_in(call, 2);
    const int32_t first = out->axes[MCU_C].lo;
    const int32_t channels = mcu_extent(out, MCU_C);
    const int32_t first_read = first / p->channel_multiplier;
    const int32_t filter_at[4] = {0, 0, 0, first};
    const MCU_ELEMENT *w = (const void *)mcu_read(call, filter, filter_at);
    const int32_t w_step_h = mcu_stride(filter, MCU_H) / ELEMENT;
    const int32_t w_step_w = mcu_stride(filter, MCU_W) / ELEMENT;
    const int32_t w_step_c = mcu_stride(filter, MCU_C) / ELEMENT;
    const int32_t bias_at[4] = {0, 0, 0, first};
    const int32_t bias_step = bias ? mcu_stride(bias, MCU_C) : 0;
    const int32_t out_step = mcu_stride(out, MCU_C);
    const uint8_t *biases = bias ? mcu_read(call, bias, bias_at) : NULL;
    mcu_row_t rows[MCU_WINDOW_ROWS];
    mcu_range_t down = {0, 0};
    int32_t at[4];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of channels */
        if (at[MCU_W] == out->axes[MCU_W].lo) {
            const int32_t code = mcu_window_rows(call, &p->window, p->window.inside_h, at[MCU_N], at[MCU_H], first_read,
                                                 rows, &down);
            if (code != MCU_OK) {
                return code;
            }
        }
        const int32_t start = at[MCU_W] * p->window.stride_w - p->window.pad_w;
        const mcu_range_t across = mcu_taps(start, p->window.dilation_w, p->window.filter_w, p->window.inside_w);
        const int32_t count = across.hi - across.lo;
        uint8_t *to = mcu_write(call, out, at);
        int32_t n = 0;
        for (int32_t c = 0; c < channels; c += n) {
            const int32_t dense = down.lo < down.hi && p->channel_multiplier == 1 && w_step_c == 1 && rows[down.lo].step_c == ELEMENT;
            const int32_t read = (first + c) / p->channel_multiplier - first_read;
            MCU_SUM sums[4] = {0};
            n = dense && channels - c >= 4 ? 4 : 1;
            for (int32_t i = down.lo; i < down.hi && count > 0; i++) {
                const mcu_row_t *row = &rows[i];
                const int32_t column = start + across.lo * p->window.dilation_w - row->first;
                const MCU_ELEMENT *x = (const void *)(row->at + column * row->step_w + read * row->step_c);
                const MCU_ELEMENT *wi = w + i * w_step_h + across.lo * w_step_w + c * w_step_c;
                const int32_t x_step = p->window.dilation_w * row->step_w / ELEMENT;
                if (n == 4) {
                    MCU_TAPS_4(p, x, x_step, wi, w_step_w, count, sums);
                } else {
                    sums[0] = taps_1(p, x, x_step, wi, w_step_w, count, sums[0]);
                }
            }
            mcu_finish(p, sums, n, first + c, biases ? biases + c * bias_step : NULL, bias_step, to + c * out_step,
                       out_step);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
