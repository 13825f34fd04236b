#include "lstm.h"
#include "mcu_fixed16.h"
#include "mcu_matrix.h"

static int32_t gate_of(const mcu_lstm_params_t *p, int32_t gate, const uint8_t *x, int32_t x_step, const uint8_t *w,
                       int32_t w_step, const int8_t *hidden, const uint8_t *r, int32_t r_step, const uint8_t *bias) {
    int32_t given = mcu_int32_at(bias);
    int32_t again = 0;
    for (int32_t i = 0; i < p->inputs; i++) {
        given = mcu_add_wrapping(given, mcu_int8_at(w + i * w_step) * (mcu_int8_at(x + i * x_step) - p->input_zero));
    }
    for (int32_t i = 0; i < p->cells; i++) {
        again = mcu_add_wrapping(again, mcu_int8_at(r + i * r_step) * (hidden[i] - p->output_zero));
    }
    given = mcu_multiply_by_quantized_multiplier(given, p->multipliers[gate], p->shifts[gate]);
    again = mcu_multiply_by_quantized_multiplier(again, p->multipliers[MCU_GATES + gate], p->shifts[MCU_GATES + gate]);
    /* Beyond 2^17 a sum of both saturates whatever the other one is. */
    const int32_t sum = mcu_saturated16(mcu_clamp(again, -(1 << 17), 1 << 17) + mcu_saturated16(given));
    return gate == MCU_GATE_CELL ? mcu_tanh16(sum, 3) : mcu_logistic16(sum);
}

static int16_t cell_of(const mcu_lstm_params_t *p, int16_t cell, const int32_t *gates) {
    const int32_t kept = mcu_wrapped16(mcu_rounding_divide_by_pot(gates[MCU_GATE_FORGET] * cell, 15));
    const int32_t fresh =
        mcu_wrapped16(mcu_rounding_divide_by_pot(gates[MCU_GATE_IN] * gates[MCU_GATE_CELL], p->cell_shift));
    const int32_t sum = mcu_saturated16(kept + fresh);
    return (int16_t)(p->fixed_clip ? mcu_clamp(sum, -p->fixed_clip, p->fixed_clip) : sum);
}

static int8_t hidden_of(const mcu_lstm_params_t *p, int16_t cell, int32_t gate_out) {
    const int32_t product = gate_out * mcu_tanh16(cell, p->tanh_bits);
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(product, p->hidden_multiplier, p->hidden_shift);
    return (int8_t)mcu_clamp(mcu_add_wrapping(scaled, p->hidden_zero), -128, 127);
}

#define MCU_KERNEL mcu_lstm_int8
#define MCU_LEAVE leave
#define MCU_HIDDEN int8_t
#define MCU_CELL int16_t
#define MCU_NUMBER int32_t
#include "lstm.inl"
