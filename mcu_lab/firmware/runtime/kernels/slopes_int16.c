#include "mcu_fixed_point.h"
#include "slopes.h"

static inline int16_t mcu_slope(const mcu_slopes_params_t *p, int32_t x) {
    int32_t scaled;
    if (x >= 0) {
        scaled = mcu_multiply_by_quantized_multiplier(x, p->above_multiplier, p->above_shift);
    } else {
        scaled = p->after * mcu_multiply_by_quantized_multiplier(p->before * x, p->below_multiplier, p->below_shift);
    }
    return (int16_t)mcu_clamp(scaled, p->act_min, p->act_max);
}

#define MCU_KERNEL mcu_slopes_int16
#define MCU_PARAMS mcu_slopes_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) mcu_slope(p, x)
#include "mcu_element.inl"
