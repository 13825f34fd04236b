#ifndef MCU_TRANSFER_H
#define MCU_TRANSFER_H

#include "mcu_lab.h"

/* Copies from or to a memory that only the port can reach. row: of the Copy that starts the transfer. */
typedef struct mcu_transfer_params {
    int32_t row;
} mcu_transfer_params_t;

int32_t mcu_transfer(const mcu_call_t *call);       /* blocks; any two Views with contiguous runs */
int32_t mcu_transfer_start(const mcu_call_t *call); /* both Views dense: one transfer */
int32_t mcu_transfer_wait(const mcu_call_t *call);

#endif
