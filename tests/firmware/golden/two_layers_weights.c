/* Constants of two layers, made by mcu_lab: little-endian words, at the plan's offsets. Do not edit: make it again. */
#include "two_layers.h"

#ifndef MCU_WEIGHTS_SECTION
#define MCU_WEIGHTS_SECTION /* for example __attribute__((section(".rodata.weights"))) */
#endif

extern const uint32_t two_layers_weights[6];

MCU_WEIGHTS_SECTION const uint32_t two_layers_weights[] MCU_ALIGNED(16) = {
    0xfdfcfbfau, 0x0100fffeu, 0x05040302u, 0x0000000au, 0xffffffecu, 0x0000001eu
};
