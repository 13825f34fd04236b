#ifndef MCU_TRANSFER_H
#define MCU_TRANSFER_H

#include "mcu_lab.h"

/* Copies from or to a memory that only the port can reach; call->args->transfer is the row of the Copy. */
int32_t mcu_transfer(const mcu_call_t *call);       /* blocks; any two Views */
int32_t mcu_transfer_start(const mcu_call_t *call); /* both Views dense: one transfer */
int32_t mcu_transfer_wait(const mcu_call_t *call);

#endif
