#include "lstm.h"
#include "mcu_exp.h"
#include "mcu_float.h"
#include "mcu_matrix.h"

static float size_of(float x) { return x < 0.0f ? -x : x; }

static float logistic(float x) {
    const float e = mcu_exp(-size_of(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

static float hyperbolic_tangent(float x) {
    const float e = mcu_exp(-2.0f * size_of(x));
    const float size = (1.0f - e) / (1.0f + e);
    return x < 0.0f ? -size : size;
}

static float gate_of(const mcu_lstm_params_t *p, int32_t gate, const uint8_t *x, int32_t x_step, const uint8_t *w,
                     int32_t w_step, const float *hidden, const uint8_t *r, int32_t r_step, const uint8_t *bias) {
    float given = 0.0f;
    float again = 0.0f;
    for (int32_t i = 0; i < p->inputs; i++) {
        given += mcu_float_at(x + i * x_step) * mcu_float_at(w + i * w_step);
    }
    for (int32_t i = 0; i < p->cells; i++) {
        again += hidden[i] * mcu_float_at(r + i * r_step);
    }
    const float sum = mcu_float_at(bias) + given + again;
    return gate == MCU_GATE_CELL ? hyperbolic_tangent(sum) : logistic(sum);
}

static float cell_of(const mcu_lstm_params_t *p, float cell, const float *gates) {
    const float sum = gates[MCU_GATE_FORGET] * cell + gates[MCU_GATE_IN] * gates[MCU_GATE_CELL];
    return p->clip > 0.0f ? mcu_clamp_float(sum, -p->clip, p->clip) : sum;
}

static float hidden_of(const mcu_lstm_params_t *p, float cell, float gate_out) {
    (void)p;
    return gate_out * hyperbolic_tangent(cell);
}

#define MCU_KERNEL mcu_lstm_float32
#define MCU_LEAVE leave
#define MCU_HIDDEN float
#define MCU_CELL float
#define MCU_NUMBER float
#include "lstm.inl"
