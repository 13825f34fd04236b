/* TRANSPOSE_CONV: each output gathers its inputs. The file that includes this defines MCU_KERNEL (its name) and includes
 * mcu_product_<dtype>.h. */
#include "transpose_conv.h"

#define MCU_PARAMS mcu_transpose_conv_params_t
#include "mcu_dot.inl"
#include "mcu_finish.inl"

enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT), WEIGHT = (int32_t)sizeof(MCU_WEIGHT), BLOCK = 4, INPUT = 2, BIAS = 3 };

/* The inputs lo <= i < hi that meet output `at` (with its padding) of one axis. */
static void meeting(int32_t at, int32_t filter, int32_t stride, int32_t inputs, int32_t *lo, int32_t *hi) {
    *lo = at < filter ? 0 : (at - filter) / stride + 1;
    *hi = mcu_min(inputs, at / stride + 1);
}

/* Adds all inputs of output row y and column x to the sums of n (4 or 1) channels from c on. */
static int32_t gather(const mcu_call_t *call, int32_t batch, int32_t y, int32_t x, int32_t c, int32_t n, MCU_SUM *sums) {
    const mcu_transpose_conv_params_t *p = call->args->params;
    const mcu_view_t *filter = mcu_in(call, 1);
    int32_t top, bottom, left, right;
    meeting(y + p->pad_h, p->filter_h, p->stride_h, p->input_h, &top, &bottom);
    meeting(x + p->pad_w, p->filter_w, p->stride_w, p->input_w, &left, &right);
    for (int32_t i = top; i < bottom && left < right; i++) {
        const mcu_view_t *in = mcu_holding(call, INPUT, MCU_H, i);
        if (!in) {
            return MCU_E_VIEW;
        }
        for (int32_t j = left; j < right; j++) {
            const int32_t from[4] = {batch, i, j, 0};
            const int32_t tap[4] = {c, y + p->pad_h - i * p->stride_h, x + p->pad_w - j * p->stride_w, 0};
            const mcu_run_t run = {(const void *)mcu_read(call, in, from), mcu_stride(in, MCU_C) / ELEMENT};
            const mcu_weights_t w = {(const void *)mcu_read(call, filter, tap), mcu_stride(filter, MCU_C) / WEIGHT};
            mcu_dot(p, run, w, mcu_stride(filter, 0) / WEIGHT, p->input_c, n, sums);
        }
    }
    return MCU_OK;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_transpose_conv_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *bias = mcu_in(call, BIAS);
    int32_t at[4];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of channels */
        uint8_t *to = mcu_write(call, out, at);
        int32_t n = 0;
        for (int32_t c = out->axes[MCU_C].lo; c < out->axes[MCU_C].hi; c += n) {
            const int32_t bias_at[4] = {0, 0, 0, c};
            MCU_SUM sums[BLOCK] = {0};
            n = c + BLOCK <= out->axes[MCU_C].hi ? BLOCK : 1;
            const int32_t code = mcu_in(call, INPUT) ? gather(call, at[MCU_N], at[MCU_H], at[MCU_W], c, n, sums) : MCU_OK;
            if (code != MCU_OK) {
                return code;
            }
            mcu_finish(p, sums, n, c, bias ? mcu_read(call, bias, bias_at) : NULL,
                       bias ? mcu_stride(bias, MCU_C) : 0, to, mcu_stride(out, MCU_C));
            to += n * mcu_stride(out, MCU_C);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
