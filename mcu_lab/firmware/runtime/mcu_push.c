#include "mcu_push.h"

static int32_t read_start(void *context, int32_t transfer, uint8_t memory, uint32_t offset, void *to, uint32_t bytes) {
    mcu_pushed_t *pushed = context;
    const mcu_port_t *port = pushed->port;
    const uint32_t end = offset + bytes;
    if (memory != pushed->memory) {
        return port && port->read_start ? port->read_start(port->context, transfer, memory, offset, to, bytes)
                                        : MCU_E_PORT;
    }
    /* What was pushed before was copied then: a row that has to wait is started again. */
    const uint32_t first = offset > pushed->from ? offset : pushed->from;
    const uint32_t last = end < pushed->to ? end : pushed->to;
    if (first < last) {
        memcpy((uint8_t *)to + (first - offset), pushed->bytes + (first - pushed->from), last - first);
    }
    pushed->transfer = transfer;
    return end <= pushed->to ? MCU_OK : MCU_LATER;
}

static int32_t read_wait(void *context, int32_t transfer) {
    const mcu_pushed_t *pushed = context;
    const mcu_port_t *port = pushed->port;
    if (transfer == pushed->transfer) {
        return MCU_OK;
    }
    return port && port->read_wait ? port->read_wait(port->context, transfer) : MCU_E_PORT;
}

static int32_t write_start(void *context, int32_t transfer, uint8_t memory, uint32_t offset, const void *from,
                           uint32_t bytes) {
    const mcu_port_t *port = ((mcu_pushed_t *)context)->port;
    return port && port->write_start ? port->write_start(port->context, transfer, memory, offset, from, bytes)
                                     : MCU_E_PORT;
}

static int32_t write_wait(void *context, int32_t transfer) {
    const mcu_port_t *port = ((mcu_pushed_t *)context)->port;
    return port && port->write_wait ? port->write_wait(port->context, transfer) : MCU_E_PORT;
}

static int32_t after_step(void *context, const mcu_call_t *call) {
    const mcu_port_t *port = ((mcu_pushed_t *)context)->port;
    return port->after_step(port->context, call);
}

mcu_port_t mcu_pushed_port(mcu_pushed_t *pushed) {
    mcu_port_t port = {pushed, read_start, read_wait, write_start, write_wait, NULL, NULL};
    if (pushed->port && pushed->port->after_step) {
        port.after_step = after_step;
    }
    return port;
}
