#include "pow.h"

/* By squaring in doubles: exact as far as an int32 goes. What does not fit becomes INT32_MIN, as on LiteRT's x86. */
static int32_t whole_power(int32_t x, int32_t y) {
    double made = 1.0, square = (double)x;
    if (y < 0) {
        return 0;
    }
    for (; y > 0; y /= 2) {
        if (y % 2) {
            made = made * square;
        }
        square = square * square;
    }
    return made >= -2147483648.0 && made < 2147483648.0 ? (int32_t)made : INT32_MIN;
}

#define MCU_KERNEL mcu_pow_int32
#define MCU_ELEMENT int32_t
#define MCU_MEET(p, x, y) whole_power(x, y)
#include "mcu_binary.inl"
