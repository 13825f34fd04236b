/* What the bodies of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED need to know of float32. */
#include "mcu_float.h"
#include "mcu_inline.h"

#define MCU_ELEMENT float
#define MCU_WEIGHT float
#define MCU_SUM float
#define MCU_KEPT float
#define MCU_LIFT_INPUT(params, value) (value)
#define MCU_LIFT_WEIGHT(params, value) (value)
#define MCU_ADD_BIAS(sum, bias) ((sum) + (bias))
#define MCU_FINISH(params, sum, channel) mcu_clamp_float(sum, (params)->real_min, (params)->real_max)
