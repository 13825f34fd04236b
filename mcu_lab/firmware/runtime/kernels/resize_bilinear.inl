/* RESIZE_BILINEAR. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM (what elements are
 * weighed in), MCU_WEIGHT and MCU_FINISH(sum), and has the places of mcu_bilinear_int.h or mcu_bilinear_float.h. */

/* The View that has channel c of the pixel (y, x), its address, and how many channels go on from there. */
static const mcu_view_t *pixel(const mcu_call_t *call, const int32_t *at, int32_t y, int32_t x, const uint8_t **from,
                               int32_t *count) {
    const int32_t c[4] = {at[MCU_N], y, x, at[MCU_C]};
    const mcu_view_t *in = mcu_holding_all(call, 0, c);
    if (in) {
        *from = mcu_read(call, in, c);
        *count = mcu_min(*count, mcu_straight(in, c));
    }
    return in;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_resize_bilinear_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel, or a run of its channels */
        int32_t y[2];
        int32_t x[2];
        const MCU_WEIGHT down = MCU_PLACE_ROW(p, at[MCU_H], &y[0], &y[1]);
        const MCU_WEIGHT right = MCU_PLACE_COLUMN(p, at[MCU_W], &x[0], &x[1]);
        const MCU_WEIGHT up = MCU_BILINEAR_ONE - down;
        const MCU_WEIGHT left = MCU_BILINEAR_ONE - right;
        const uint8_t *from[4];
        int32_t step[4];
        count = mcu_straight(out, at);
        for (int32_t k = 0; k < 4; k++) { /* upper left, lower left, upper right, lower right */
            const mcu_view_t *in = pixel(call, at, y[k & 1], x[k >> 1], &from[k], &count);
            if (!in) {
                return MCU_E_VIEW;
            }
            step[k] = mcu_stride(in, MCU_C);
        }
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = 0; i < count; i++) {
            const MCU_ELEMENT a = *(const MCU_ELEMENT *)(const void *)(from[0] + i * step[0]);
            const MCU_ELEMENT b = *(const MCU_ELEMENT *)(const void *)(from[1] + i * step[1]);
            const MCU_ELEMENT c = *(const MCU_ELEMENT *)(const void *)(from[2] + i * step[2]);
            const MCU_ELEMENT d = *(const MCU_ELEMENT *)(const void *)(from[3] + i * step[3]);
            const MCU_SUM sum = (MCU_SUM)a * up * left + (MCU_SUM)b * down * left + (MCU_SUM)c * up * right +
                                (MCU_SUM)d * down * right;
            *(MCU_ELEMENT *)(void *)(to + i * mcu_stride(out, MCU_C)) = (MCU_ELEMENT)(MCU_FINISH(sum));
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
