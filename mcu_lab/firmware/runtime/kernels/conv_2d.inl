/* CONV_2D. The file that includes this defines MCU_KERNEL (its name) and includes mcu_product_<dtype>.h. */
#include "conv_2d.h"

#define MCU_PARAMS mcu_conv_2d_params_t
#include "mcu_dot.inl"
#include "mcu_finish.inl"

enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT) };

/* The weights of a step: strides in elements; `at` is the first tap of the first channel of the box. */
typedef struct weights {
    const MCU_ELEMENT *at;
    int32_t step_o, step_h, step_w, step_c;
} weights_t;

/* Adds the window with its left edge at column `start` to the sums of `channels` (4 or 1) output channels. */
static void convolve(const mcu_conv_2d_params_t *p, const mcu_row_t *rows, mcu_range_t down, int32_t start,
                     mcu_range_t across, const weights_t *w, const MCU_ELEMENT *at, int32_t depth, int32_t channels,
                     MCU_SUM *sums) {
    const int32_t dilation = p->window.dilation_w;
    for (int32_t i = down.lo; i < down.hi; i++) {
        const mcu_row_t *row = &rows[i];
        const int32_t step_c = row->step_c / ELEMENT;
        const int32_t step_w = row->step_w / ELEMENT;
        /* Neighbouring pixels that lie as close as their weights make one run. */
        const int32_t joined = dilation == 1 && step_w == depth * step_c && w->step_w == depth * w->step_c;
        mcu_run_t x = {(const void *)(row->at + (start + across.lo * dilation - row->first) * row->step_w), step_c};
        mcu_run_t f = {at + i * w->step_h + across.lo * w->step_w, w->step_c};
        if (joined) {
            mcu_dot(p, x, f, w->step_o, (across.hi - across.lo) * depth, channels, sums);
            continue;
        }
        for (int32_t j = across.lo; j < across.hi; j++) {
            mcu_dot(p, x, f, w->step_o, depth, channels, sums);
            if (j + 1 < across.hi) {
                x.at += dilation * step_w;
                f.at += w->step_w;
            }
        }
    }
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_conv_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *sums = call->args->sums;
    const mcu_view_t *box = sums ? sums : out;
    const mcu_view_t *filter = mcu_in(call, 1);
    const mcu_view_t *bias = mcu_in(call, 2);
    const int32_t fresh = !sums || (call->args->flags & MCU_FIRST);
    const int32_t depth_lo = sums ? call->args->reduce_lo : 0;
    const int32_t depth = sums ? call->args->reduce_hi - depth_lo : p->input_c;
    const int32_t first = box->axes[MCU_C].lo;
    const int32_t channels = mcu_extent(box, MCU_C);
    const int32_t filter_at[4] = {first, 0, 0, depth_lo};
    const weights_t w = {(const void *)mcu_read(call, filter, filter_at), mcu_stride(filter, 0) / ELEMENT,
                         mcu_stride(filter, 1) / ELEMENT, mcu_stride(filter, 2) / ELEMENT,
                         mcu_stride(filter, 3) / ELEMENT};
    const int32_t bias_at[4] = {0, 0, 0, first};
    const int32_t bias_step = bias ? mcu_stride(bias, MCU_C) : 0;
    const int32_t out_step = out ? mcu_stride(out, MCU_C) : 0;
    const uint8_t *biases = bias ? mcu_read(call, bias, bias_at) : NULL;
    mcu_row_t rows[MCU_WINDOW_ROWS];
    mcu_range_t down = {0, 0};
    int32_t at[4];
    if (!mcu_first_run(box, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of output channels */
        if (at[MCU_W] == box->axes[MCU_W].lo) {
            const int32_t code = mcu_window_rows(call, &p->window, p->window.inside_h, at[MCU_N], at[MCU_H], depth_lo,
                                                 rows, &down);
            if (code != MCU_OK) {
                return code;
            }
        }
        const int32_t start = at[MCU_W] * p->window.stride_w - p->window.pad_w;
        const mcu_range_t across = mcu_taps(start, p->window.dilation_w, p->window.filter_w, p->window.inside_w);
        uint8_t *to = out ? mcu_write(call, out, at) : NULL;
        uint8_t *keep = sums ? mcu_write(call, sums, at) : NULL;
        int32_t n = 0;
        for (int32_t c = 0; c < channels; c += n) {
            n = channels - c >= 4 ? 4 : 1;
            MCU_SUM part[4] = {0};
            for (int32_t i = 0; i < n && !fresh; i++) {
                part[i] = *(const MCU_SUM *)(const void *)(keep + (c + i) * mcu_stride(sums, MCU_C));
            }
            if (across.lo < across.hi) {
                convolve(p, rows, down, start, across, &w, w.at + c * w.step_o, depth, n, part);
            }
            for (int32_t i = 0; i < n && sums; i++) {
                *(MCU_SUM *)(void *)(keep + (c + i) * mcu_stride(sums, MCU_C)) = part[i];
            }
            if (out) {
                mcu_finish(p, part, n, first + c, biases ? biases + c * bias_step : NULL, bias_step, to + c * out_step,
                           out_step);
            }
        }
    } while (mcu_next_run(box, at));
    return MCU_OK;
}
