#ifndef MCU_CONCATENATION_H
#define MCU_CONCATENATION_H

#include "mcu_lab.h"

/* Input k lies at start[k] along the axis (counted from the last: 0 is the last). converts[k] >= 0: its bytes go
 * through the converts[k]-th table of 256 bytes in tables. */
typedef struct mcu_concatenation_params {
    int32_t axis_from_last;
    const int32_t *start;
    const int32_t *converts;
    const uint8_t *tables;
} mcu_concatenation_params_t;

#endif
