/* Instructions of cores with the DSP extension (Cortex-M4, M7, M33 …) that compilers do not find by themselves. */
#ifndef MCU_DSP_H
#define MCU_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#define MCU_HAS_DSP 1

/* Four neighbouring bytes. */
static inline uint32_t mcu_load_4(const int8_t *from) {
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Bytes 0 and 2 as two signed halves. */
static inline uint32_t mcu_even_halves(uint32_t bytes) {
    uint32_t halves;
    __asm__("sxtb16 %0, %1" : "=r"(halves) : "r"(bytes));
    return halves;
}

/* Bytes 1 and 3 as two signed halves. */
static inline uint32_t mcu_odd_halves(uint32_t bytes) {
    uint32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(bytes));
    return halves;
}

static inline uint32_t mcu_add_halves(uint32_t a, uint32_t b) {
    uint32_t halves;
    __asm__("sadd16 %0, %1, %2" : "=r"(halves) : "r"(a), "r"(b));
    return halves;
}

/* sum + both products of halves. */
static inline int32_t mcu_add_products(uint32_t a, uint32_t b, int32_t sum) {
    int32_t total;
    __asm__("smlad %0, %1, %2, %3" : "=r"(total) : "r"(a), "r"(b), "r"(sum));
    return total;
}

/* sum + the product of the low halves, or of the high ones. */
static inline int32_t mcu_add_low_product(uint32_t a, uint32_t b, int32_t sum) {
    int32_t total;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(total) : "r"(a), "r"(b), "r"(sum));
    return total;
}

static inline int32_t mcu_add_high_product(uint32_t a, uint32_t b, int32_t sum) {
    int32_t total;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(total) : "r"(a), "r"(b), "r"(sum));
    return total;
}

/* a * b / 2^32 rounded to nearest, ties up. */
static inline int32_t mcu_high_product(int32_t a, int32_t b) {
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}

/* The same 16-bit number in both halves. */
static inline uint32_t mcu_both_halves(int32_t number) {
    const uint32_t half = (uint32_t)number & 0xffffu;
    return half | half << 16;
}

#endif
#endif
