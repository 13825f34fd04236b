/* 8-bit elements through a table. The file that includes this defines MCU_KERNEL and MCU_PARAMS, which has `table`:
 * 256 output bytes, indexed by input byte. */
#define MCU_INPUT uint8_t
#define MCU_OUTPUT uint8_t
#define MCU_MAP(p, x) ((p)->table[x])
#include "mcu_element.inl"
