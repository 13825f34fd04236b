/* SVDF, for MCU_KERNEL, numbers MCU_NUMBER (int32_t or float):
 *   MCU_FEATURE(p, x, x_step, w, w_step)      what a filter makes of the input
 *   MCU_STATE_AT(p, at), MCU_PUT_STATE(p, at, number)   an element of the memory
 *   MCU_OVER_TIME(p, sum, number, w)          sum + number * weight
 *   MCU_ZERO, MCU_BIAS_AT(at), MCU_ADD(a, b), MCU_PUT_OUTPUT(p, at, sum)
 * What the filters make goes to scratch first: an output needs a unit's filters, the memory any of them. The memory is read
 * in full before it is written, and may be written where it lies, each number over an older one. */
int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_svdf_params_t *p = call->args->params;
    const mcu_matrix_t x = mcu_matrix(call, mcu_in(call, 0));
    const mcu_matrix_t feature = mcu_matrix(call, mcu_in(call, 1));
    const mcu_matrix_t time = mcu_matrix(call, mcu_in(call, 2));
    const mcu_matrix_t state = mcu_matrix(call, mcu_in(call, 4));
    const mcu_view_t *bias = mcu_in(call, 3);
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *left = mcu_out(call, 1);
    MCU_NUMBER *made = mcu_scratch(call);
    for (int32_t b = 0; b < p->batch; b++) {
        for (int32_t f = 0; f < p->filters; f++) {
            made[b * p->filters + f] = MCU_FEATURE(p, mcu_row_of(&x, 0, b), x.along[2], mcu_row_of(&feature, 0, f), feature.along[2]);
        }
    }
    int32_t at[MCU_MAX_RANK];
    if (out && mcu_first_run(out, at)) {
        const int32_t last = (int32_t)out->rank - 1;
        do {
            const int32_t b = at[last - 1];
            uint8_t *to = mcu_write(call, out, at);
            for (int32_t u = out->axes[last].lo; u < out->axes[last].hi; u++) {
                MCU_NUMBER sum = MCU_ZERO;
                if (bias) {
                    const mcu_matrix_t biases = mcu_matrix(call, bias);
                    sum = MCU_BIAS_AT(biases.at + u * biases.along[2]);
                }
                for (int32_t f = u * p->rank; f < (u + 1) * p->rank; f++) {
                    const uint8_t *older = mcu_row_of(&state, 0, b) + f * p->memory * state.along[2];
                    const uint8_t *w = mcu_row_of(&time, 0, f);
                    MCU_NUMBER over_time = MCU_ZERO;
                    for (int32_t j = 0; j < p->memory; j++) {
                        const MCU_NUMBER number = j + 1 < p->memory ? MCU_STATE_AT(p, older + (j + 1) * state.along[2])
                                                                    : made[b * p->filters + f];
                        over_time = MCU_OVER_TIME(p, over_time, number, w + j * time.along[2]);
                    }
                    sum = MCU_ADD(sum, over_time);
                }
                MCU_PUT_OUTPUT(p, to, sum);
                to += mcu_stride(out, last);
            }
        } while (mcu_next_run(out, at));
    }
    if (left && mcu_first_run(left, at)) {
        const int32_t last = (int32_t)left->rank - 1;
        do {
            const int32_t b = at[last - 1];
            uint8_t *to = mcu_write(call, left, at);
            for (int32_t i = left->axes[last].lo; i < left->axes[last].hi; i++) {
                const int32_t f = i / p->memory;
                if (i + 1 < (f + 1) * p->memory) {
                    memcpy(to, mcu_row_of(&state, 0, b) + (i + 1) * state.along[2], MCU_STATE_BYTES(p));
                } else {
                    MCU_PUT_STATE(p, to, made[b * p->filters + f]);
                }
                to += mcu_stride(left, last);
            }
        } while (mcu_next_run(left, at));
    }
    return MCU_OK;
}
