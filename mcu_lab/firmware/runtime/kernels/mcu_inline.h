#ifndef MCU_INLINE_H
#define MCU_INLINE_H

/* For functions whose loop needs all registers to itself: kept out of the caller's body. */
#if defined(__GNUC__)
#define MCU_APART __attribute__((noinline))
#else
#define MCU_APART
#endif

#endif
