/* ADD, MUL, MINIMUM and so on: two operands, broadcast against each other. */
#ifndef MCU_BINARY_H
#define MCU_BINARY_H

#include "mcu_fixed_point.h"
#include "mcu_lab.h"
#include "mcu_operand.h"

/* Integer fields are for quantized elements, real_* for float32; what an operator does not need is 0. Bit k of
 * *_broadcast: the operand has size 1 along the k-th axis from the last, and the output does not. */
typedef struct mcu_binary_params {
    int32_t a_offset, a_multiplier, a_shift;
    int32_t b_offset, b_multiplier, b_shift;
    int32_t out_offset, out_multiplier, out_shift;
    int32_t act_min, act_max;
    int32_t a_broadcast, b_broadcast;
    int32_t shifted;
    float real_min, real_max;
} mcu_binary_params_t;

/* In ADD and SUB, operands and their sums stay within 2^30, and all multipliers below 1: shifts are 0 at most. */
static inline int32_t mcu_sum_scaled(int32_t x, int32_t multiplier, int32_t shift) {
    return shift < 0 ? mcu_multiply_narrow(x, multiplier, shift) : mcu_high_narrow(x, multiplier);
}

/* An operand of ADD or SUB on the scale of the sum: 20 bits more than the element, so that little is lost. */
static inline int32_t mcu_sum_operand(int32_t x, int32_t offset, int32_t multiplier, int32_t shift) {
    return mcu_sum_scaled((x + offset) * (1 << 20), multiplier, shift);
}

static inline int32_t mcu_sum_a(const mcu_binary_params_t *p, int32_t x) {
    return mcu_sum_operand(x, p->a_offset, p->a_multiplier, p->a_shift);
}

static inline int32_t mcu_sum_b(const mcu_binary_params_t *p, int32_t x) {
    return mcu_sum_operand(x, p->b_offset, p->b_multiplier, p->b_shift);
}

/* The output of ADD or SUB from what its operands have come to. */
static inline int32_t mcu_sum_result(const mcu_binary_params_t *p, int32_t x) {
    const int32_t scaled = mcu_sum_scaled(x, p->out_multiplier, p->out_shift);
    return mcu_clamp(scaled + p->out_offset, p->act_min, p->act_max);
}

/* The same of int16, where there is room for 15 bits more; with scales that are powers of two operands are only shifted,
 * and their sum is the output. */
static inline int32_t mcu_sum16_operand(const mcu_binary_params_t *p, int32_t x, int32_t multiplier, int32_t shift) {
    return p->shifted ? mcu_rounding_divide_by_pot(x, -shift) : mcu_sum_scaled(x * (1 << 15), multiplier, shift);
}

static inline int32_t mcu_sum16_a(const mcu_binary_params_t *p, int32_t x) {
    return mcu_sum16_operand(p, x, p->a_multiplier, p->a_shift);
}

static inline int32_t mcu_sum16_b(const mcu_binary_params_t *p, int32_t x) {
    return mcu_sum16_operand(p, x, p->b_multiplier, p->b_shift);
}

static inline int32_t mcu_sum16_result(const mcu_binary_params_t *p, int32_t x) {
    return p->shifted ? mcu_clamp(x, p->act_min, p->act_max) : mcu_sum_result(p, x);
}

static inline int32_t mcu_binary_result(const mcu_binary_params_t *p, int32_t x) {
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(x, p->out_multiplier, p->out_shift);
    return mcu_clamp(mcu_add_wrapping(scaled, p->out_offset), p->act_min, p->act_max);
}

#endif
