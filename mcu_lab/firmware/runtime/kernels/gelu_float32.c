#include "gelu.h"
#include "mcu_erfc.h"

static inline float mcu_gelu(const mcu_gelu_params_t *p, float x) {
    const float half = 0.5f * x;
    if (p->approximate) {
        return half * (1.0f + mcu_tanh(0.79788456080286536f * (x + 0.044715f * (x * x * x))));
    }
    return half * mcu_erfc(x * -0.70710678118654752f);
}

#define MCU_KERNEL mcu_gelu_float32
#define MCU_PARAMS mcu_gelu_params_t
#define MCU_INPUT float
#define MCU_OUTPUT float
#define MCU_MAP(p, x) mcu_gelu(p, x)
#include "mcu_element.inl"
