#include "mcu_fixed_point.h"
#include "mcu_matrix.h"
#include "svdf.h"

/* As it lies in the memory: scaled, clamped, with its zero point, which may wrap around. */
static int32_t feature_of(const mcu_svdf_params_t *p, const uint8_t *x, int32_t x_step, const uint8_t *w, int32_t w_step) {
    int32_t sum = 0;
    for (int32_t i = 0; i < p->inputs; i++) {
        sum = mcu_add_wrapping(sum, mcu_int8_at(w + i * w_step) * (mcu_int8_at(x + i * x_step) - p->zero_in));
    }
    sum = mcu_multiply_by_quantized_multiplier(sum, p->multiplier_in, p->shift_in);
    return p->state_bytes == 1 ? (int8_t)(mcu_clamp(sum, -128, 127) + p->zero_state) : mcu_clamp(sum, -32768, 32767);
}

static int32_t remembered_at(const mcu_svdf_params_t *p, const uint8_t *at) {
    return p->state_bytes == 1 ? mcu_int8_at(at) : mcu_int16_at(at);
}

static void remember(const mcu_svdf_params_t *p, uint8_t *at, int32_t number) {
    if (p->state_bytes == 1) {
        *(int8_t *)at = (int8_t)number;
    } else {
        *(int16_t *)(void *)at = (int16_t)number;
    }
}

static int32_t over_time_of(const mcu_svdf_params_t *p, int32_t sum, int32_t number, const uint8_t *w) {
    return (int32_t)((uint32_t)sum + (uint32_t)(number - p->zero_state) * (uint32_t)remembered_at(p, w));
}

static void put(const mcu_svdf_params_t *p, uint8_t *to, int32_t sum) {
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(sum, p->multiplier_out, p->shift_out);
    *(int8_t *)to = (int8_t)mcu_clamp(mcu_add_wrapping(scaled, p->zero_out), -128, 127);
}

#define MCU_KERNEL mcu_svdf_int8
#define MCU_NUMBER int32_t
#define MCU_ZERO 0
#define MCU_FEATURE feature_of
#define MCU_STATE_AT remembered_at
#define MCU_STATE_BYTES(p) ((size_t)(p)->state_bytes)
#define MCU_PUT_STATE remember
#define MCU_OVER_TIME over_time_of
#define MCU_BIAS_AT mcu_int32_at
#define MCU_ADD mcu_add_wrapping
#define MCU_PUT_OUTPUT put
#include "svdf.inl"
