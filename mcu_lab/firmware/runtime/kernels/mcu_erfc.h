/* 1 less the error function of a float: the same operations as mcu_lab/numerics/powers.py. */
#ifndef MCU_ERFC_H
#define MCU_ERFC_H

#include "mcu_elementary.h"

static inline float mcu_erfc(float x) {
    static const double series[] = {
        1.1775789345674017e+00,  -4.5900545806464776e-03, -8.4249133336651792e-02, 5.9209939998191893e-02,
        -2.6658668435305754e-02, 9.0749976707052651e-03,  -2.4131635404176083e-03, 4.9077583652580864e-04,
        -6.9169733025012064e-05, 4.1390279860730101e-06,  7.7403830661984908e-07,  -2.1886401049234396e-07,
        1.0764999465670910e-08,  4.5219598112182862e-09,  -7.7544002088313511e-10, -6.3180883408866849e-11,
        2.8687950109306697e-11,  1.9455868545777346e-13,  -9.6546967484334393e-13, 3.2525481481487403e-14,
        3.3478119482868059e-14};
    if (mcu_is_nan(x)) {
        return x;
    }
    const double z = mcu_within(mcu_absolute(x), 0.0, 11.0);
    const double t = (z - 3.75) / (z + 3.75);
    double one = 0.0;
    double two = 0.0;
    for (int32_t i = 20; i > 0; i--) {
        const double next = 2.0 * t * one - two + series[i];
        two = one;
        one = next;
    }
    const double scaled = t * one - two + series[0];
    const double tail = mcu_exp64(-(z * z)) * scaled / (1.0 + 2.0 * z);
    return mcu_rounded(x < 0.0f ? 2.0 - tail : tail);
}

#endif
