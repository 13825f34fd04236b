#ifndef MCU_TOPK_V2_H
#define MCU_TOPK_V2_H

#include "mcu_lab.h"

/* c_params of TOPK_V2: how long the last axis of the input is. */
typedef struct mcu_topk_v2_params {
    int32_t length;
} mcu_topk_v2_params_t;

#endif
