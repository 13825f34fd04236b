/* BATCH_MATMUL. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM, MCU_LIFT(x, offset) and
 * MCU_FINISH(params, sum). */
#include "batch_matmul.h"

enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT) };

/* The first element that output `at` reads of an input; `along` is the output's axis that the input's matrix has, too. */
static void first_read(const int32_t *shape, int32_t rank, int32_t depth_axis, int32_t along, const int32_t *at,
                       int32_t *from) {
    for (int32_t axis = 0; axis < rank - 2; axis++) {
        from[axis] = shape[axis] == 1 ? 0 : at[axis];
    }
    from[rank - 2] = from[rank - 1] = at[along];
    from[depth_axis] = 0;
}

static int32_t product(const mcu_call_t *call, const int32_t *at, MCU_SUM *sum) {
    const mcu_batch_matmul_params_t *p = call->args->params;
    int32_t x_at[MCU_MAX_RANK], y_at[MCU_MAX_RANK];
    first_read(p->x_shape, p->rank, p->x_depth, p->rank - 2, at, x_at);
    first_read(p->y_shape, p->rank, p->y_depth, p->rank - 1, at, y_at);
    for (int32_t k = 0, count = 0; k < p->depth; k += count) {
        x_at[p->x_depth] = y_at[p->y_depth] = k;
        const mcu_view_t *x_view = mcu_holding_all(call, 0, x_at);
        const mcu_view_t *y_view = mcu_holding_all(call, 1, y_at);
        if (!x_view || !y_view) {
            return MCU_E_VIEW;
        }
        count = mcu_min(mcu_straight_along(x_view, p->x_depth, x_at), mcu_straight_along(y_view, p->y_depth, y_at));
        count = mcu_min(count, p->depth - k);
        const MCU_ELEMENT *x = (const void *)mcu_read(call, x_view, x_at);
        const MCU_ELEMENT *y = (const void *)mcu_read(call, y_view, y_at);
        const int32_t x_step = mcu_stride(x_view, p->x_depth) / ELEMENT;
        const int32_t y_step = mcu_stride(y_view, p->y_depth) / ELEMENT;
        for (int32_t i = 0; i < count; i++) {
            *sum += MCU_LIFT(x[i * x_step], p->x_offset) * MCU_LIFT(y[i * y_step], p->y_offset);
        }
    }
    return MCU_OK;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_view_t *out = mcu_out(call, 0);
    int32_t at[MCU_MAX_RANK];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one element */
        MCU_SUM sum = 0;
        const int32_t code = product(call, at, &sum);
        if (code != MCU_OK) {
            return code;
        }
        *(MCU_ELEMENT *)(void *)mcu_write(call, out, at) =
            MCU_FINISH((const mcu_batch_matmul_params_t *)call->args->params, sum);
    } while (mcu_next_straight(out, 1, at));
    return MCU_OK;
}
