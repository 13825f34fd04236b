/* Rows of a streamed input that the application pushes, as a port from which the plan's Copies read them. */
#ifndef MCU_PUSH_H
#define MCU_PUSH_H

#include "mcu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes [from, to) of a memory that only the port reaches lie at `bytes` now; those before have been there, those behind
 * are still to come. */
typedef struct mcu_pushed {
    const mcu_port_t *port; /* for all other memories; may be NULL */
    const uint8_t *bytes;
    uint32_t from, to;
    int32_t transfer; /* the last one that was begun here */
    uint8_t memory;
} mcu_pushed_t;

/* The port that hands over what is pushed: MCU_LATER for what is still to come. */
mcu_port_t mcu_pushed_port(mcu_pushed_t *pushed);

#ifdef __cplusplus
}
#endif

#endif
