/* Constants of @title@, made by mcu_lab: little-endian words, at the plan's offsets. Do not edit: make it again. */
#include "@home@.h"

#ifndef MCU_WEIGHTS_SECTION
#define MCU_WEIGHTS_SECTION /* for example __attribute__((section(".rodata.weights"))) */
#endif

@weights_declarations@

@weights@
