#include "mcu_float.h"
#include "mcu_matrix.h"
#include "svdf.h"

static float feature_of(const mcu_svdf_params_t *p, const uint8_t *x, int32_t x_step, const uint8_t *w, int32_t w_step) {
    float sum = 0.0f;
    for (int32_t i = 0; i < p->inputs; i++) {
        sum += mcu_float_at(w + i * w_step) * mcu_float_at(x + i * x_step);
    }
    return sum;
}

#define MCU_KERNEL mcu_svdf_float32
#define MCU_NUMBER float
#define MCU_ZERO 0.0f
#define MCU_FEATURE feature_of
#define MCU_STATE_AT(p, at) mcu_float_at(at)
#define MCU_STATE_BYTES(p) sizeof(float)
#define MCU_PUT_STATE(p, at, number) (*(float *)(void *)(at) = (number))
#define MCU_OVER_TIME(p, sum, number, w) ((sum) + (number)*mcu_float_at(w))
#define MCU_BIAS_AT mcu_float_at
#define MCU_ADD(a, b) ((a) + (b))
#define MCU_PUT_OUTPUT(p, to, sum) (*(float *)(void *)(to) = mcu_clamp_float(sum, (p)->real_min, (p)->real_max))
#include "svdf.inl"
