#include "clamp.h"
#include "mcu_float.h"

#define MCU_KERNEL mcu_clamp_float32
#define MCU_PARAMS mcu_clamp_params_t
#define MCU_INPUT float
#define MCU_OUTPUT float
#define MCU_MAP(p, x) mcu_clamp_float(x, (p)->real_min, (p)->real_max)
#include "mcu_element.inl"
