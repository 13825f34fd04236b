/* Checksums of what a row wrote, the same as mcu_lab/execution/checksum.py's kind "written". For tests, not for products. */
#ifndef MCU_TRACE_H
#define MCU_TRACE_H

#include "mcu_lab.h"

/* CRC-32 (IEEE 802.3) of the sums View, if any, and then of all output Views; 0 for the start of a transfer. */
uint32_t mcu_written_crc(const mcu_call_t *call);

/* CRC-32 of count bytes, continuing from crc (0 to begin with). */
uint32_t mcu_crc32(uint32_t crc, const uint8_t *bytes, int32_t count);

#endif
