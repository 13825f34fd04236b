/* DEPTHWISE_CONV_2D. The file that includes this defines MCU_KERNEL (its name) and includes mcu_product_<dtype>.h. */
#include "depthwise_conv_2d.h"

#define MCU_PARAMS mcu_depthwise_conv_2d_params_t
#include "mcu_finish.inl"

/* Output channels whose sums are kept at a time: a multiple of 4. */
enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT), WEIGHT = (int32_t)sizeof(MCU_WEIGHT), BLOCK = 16 };

/* What holds for a whole step. Weights: strides in elements; `at` is the first tap of channel `first` of the box. */
typedef struct job {
    const mcu_depthwise_conv_2d_params_t *p;
    const MCU_WEIGHT *at;
    int32_t step_h, step_w, step_c;
    const uint8_t *bias; /* NULL: none */
    int32_t bias_step, first, channels, out_step; /* steps in bytes from channel to channel */
} job_t;

/* What one output pixel reads: the taps `across` of the rows `down`. */
typedef struct pixel {
    const mcu_row_t *rows;
    mcu_range_t down, across;
    mcu_line_t lines[MCU_WINDOW_ROWS];
    int32_t dense; /* each channel has its own input, and all lie side by side, as their weights do */
} pixel_t;

#ifndef MCU_TAPS_4
#define MCU_TAPS_4 taps_4
/* Adds `taps` taps of each of `count` lines to the sums of four neighbouring channels, the first being number c of the
 * pixel and its first weight at w; steps in elements. */
static void taps_4(const mcu_depthwise_conv_2d_params_t *p, const mcu_line_t *lines, int32_t count, int32_t c,
                   int32_t taps, const MCU_WEIGHT *w, int32_t w_step_h, int32_t w_step, MCU_SUM *sums) {
    MCU_SUM s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    (void)p;
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < taps; j++) {
            const MCU_ELEMENT *xi = (const MCU_ELEMENT *)(const void *)(lines[i].at + j * lines[i].step) + c;
            const MCU_WEIGHT *wi = w + i * w_step_h + j * w_step;
            s0 += MCU_LIFT_INPUT(p, xi[0]) * MCU_LIFT_WEIGHT(p, wi[0]);
            s1 += MCU_LIFT_INPUT(p, xi[1]) * MCU_LIFT_WEIGHT(p, wi[1]);
            s2 += MCU_LIFT_INPUT(p, xi[2]) * MCU_LIFT_WEIGHT(p, wi[2]);
            s3 += MCU_LIFT_INPUT(p, xi[3]) * MCU_LIFT_WEIGHT(p, wi[3]);
        }
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
#endif

/* The sum of channel c of the box, counted from its first one. */
static MCU_SUM taps_1(const job_t *job, const pixel_t *pixel, int32_t c) {
    const int32_t multiplier = job->p->channel_multiplier;
    const int32_t read = (job->first + c) / multiplier - job->first / multiplier;
    MCU_SUM sum = 0;
    for (int32_t i = pixel->down.lo; i < pixel->down.hi; i++) {
        for (int32_t j = pixel->across.lo; j < pixel->across.hi; j++) {
            const uint8_t *x = pixel->lines[i].at + (j - pixel->across.lo) * pixel->lines[i].step;
            const MCU_ELEMENT value = *(const MCU_ELEMENT *)(const void *)(x + read * pixel->rows[i].step_c);
            const MCU_WEIGHT w = job->at[i * job->step_h + j * job->step_w + c * job->step_c];
            sum += MCU_LIFT_INPUT(job->p, value) * MCU_LIFT_WEIGHT(job->p, w);
        }
    }
    return sum;
}

static void make_pixel(const job_t *job, const pixel_t *pixel, uint8_t *to) {
    const mcu_range_t down = pixel->down, across = pixel->across;
    const int32_t taps = across.hi - across.lo;
    const int32_t fours = pixel->dense && taps > 0;
    const MCU_WEIGHT *w = job->at + down.lo * job->step_h + across.lo * job->step_w;
    for (int32_t c = 0; c < job->channels; c += BLOCK) {
        const int32_t n = mcu_min(BLOCK, job->channels - c);
        MCU_SUM sums[BLOCK] = {0};
        int32_t i = 0;
        for (; fours && i + 4 <= n; i += 4) {
            MCU_TAPS_4(job->p, &pixel->lines[down.lo], down.hi - down.lo, c + i, taps, w + c + i, job->step_h,
                       job->step_w, &sums[i]);
        }
        for (; i < n; i++) {
            sums[i] = taps_1(job, pixel, c + i);
        }
        mcu_finish(job->p, sums, n, job->first + c, job->bias ? job->bias + c * job->bias_step : NULL, job->bias_step,
                   to + c * job->out_step, job->out_step);
    }
}

static int32_t dense(const job_t *job, const mcu_row_t *rows, mcu_range_t down) {
    int32_t all = job->p->channel_multiplier == 1 && job->step_c == 1;
    for (int32_t i = down.lo; i < down.hi; i++) {
        all = all && rows[i].step_c == ELEMENT;
    }
    return all;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_depthwise_conv_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *filter = mcu_in(call, 1);
    const mcu_view_t *bias = mcu_in(call, 2);
    const int32_t first = out->axes[MCU_C].lo;
    const int32_t filter_at[4] = {0, 0, 0, first};
    const int32_t bias_at[4] = {0, 0, 0, first};
    const job_t job = {
        .p = p,
        .at = (const void *)mcu_read(call, filter, filter_at),
        .step_h = mcu_stride(filter, MCU_H) / WEIGHT,
        .step_w = mcu_stride(filter, MCU_W) / WEIGHT,
        .step_c = mcu_stride(filter, MCU_C) / WEIGHT,
        .bias = bias ? mcu_read(call, bias, bias_at) : NULL,
        .bias_step = bias ? mcu_stride(bias, MCU_C) : 0,
        .first = first,
        .channels = mcu_extent(out, MCU_C),
        .out_step = mcu_stride(out, MCU_C),
    };
    mcu_row_t rows[MCU_WINDOW_ROWS];
    pixel_t pixel;
    pixel.rows = rows;
    for (int32_t n = out->axes[MCU_N].lo; n < out->axes[MCU_N].hi; n++) {
        for (int32_t y = out->axes[MCU_H].lo; y < out->axes[MCU_H].hi; y++) {
            const int32_t code = mcu_window_rows(call, &p->window, p->window.inside_h, n, y,
                                                 first / p->channel_multiplier, rows, &pixel.down);
            if (code != MCU_OK) {
                return code;
            }
            pixel.dense = dense(&job, rows, pixel.down);
            uint8_t *to = mcu_out_row(call, out, n, y);
            for (int32_t x = out->axes[MCU_W].lo; x < out->axes[MCU_W].hi; x++) {
                pixel.across = mcu_window_lines(&p->window, rows, pixel.down, x, pixel.lines);
                make_pixel(&job, &pixel, to + (x - out->axes[MCU_W].lo) * mcu_stride(out, MCU_W));
            }
        }
    }
    return MCU_OK;
}
