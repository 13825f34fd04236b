#include "transfer.h"

#include "mcu_pieces.h"

static int32_t start(const mcu_call_t *call, const int32_t *at, int32_t bytes) {
    const mcu_view_t *from = mcu_in(call, 0);
    const mcu_view_t *to = mcu_out(call, 0);
    const mcu_port_t *port = call->port;
    const uint8_t *source = call->memory[from->memory].read;
    uint8_t *destination = call->memory[to->memory].write;
    const int32_t transfer = call->args->transfer;
    const int32_t from_offset = mcu_offset(from, at);
    const int32_t to_offset = mcu_offset(to, at);
    if (destination && port && port->read_start) {
        return port->read_start(port->context, transfer, from->memory, (uint32_t)from_offset, destination + to_offset,
                                (uint32_t)bytes);
    }
    if (source && port && port->write_start) {
        return port->write_start(port->context, transfer, to->memory, (uint32_t)to_offset, source + from_offset,
                                 (uint32_t)bytes);
    }
    return MCU_E_PORT;
}

static int32_t wait(const mcu_call_t *call) {
    const int32_t transfer = call->args->transfer;
    const mcu_port_t *port = call->port;
    const int32_t reads = call->memory[mcu_out(call, 0)->memory].write != NULL;
    if (!port || !(reads ? port->read_wait : port->write_wait)) {
        return MCU_E_PORT;
    }
    return reads ? port->read_wait(port->context, transfer) : port->write_wait(port->context, transfer);
}

int32_t mcu_transfer(const mcu_call_t *call) {
    const mcu_view_t *from = mcu_in(call, 0);
    const mcu_view_t *to = mcu_out(call, 0);
    const int32_t bytes = call->args->element_bytes;
    const int32_t last = (int32_t)to->rank - 1;
    const int32_t joined = mcu_pieces(from, to, bytes);
    const int32_t gaps = joined == last && (mcu_stride(from, last) != bytes || mcu_stride(to, last) != bytes);
    int32_t at[MCU_MAX_RANK];
    int32_t elements;
    if (!mcu_first_run(to, at)) {
        return MCU_OK;
    }
    do {
        elements = gaps ? 1 : mcu_piece(from, to, joined, at);
        int32_t code = start(call, at, elements * bytes);
        code = code == MCU_OK ? wait(call) : code;
        if (code != MCU_OK) {
            return code;
        }
    } while (mcu_next_piece(to, joined, elements, at));
    return MCU_OK;
}

int32_t mcu_transfer_start(const mcu_call_t *call) {
    const mcu_view_t *to = mcu_out(call, 0);
    int32_t at[MCU_MAX_RANK];
    return mcu_first_run(to, at) ? start(call, at, mcu_joined_elements(to, 0) * call->args->element_bytes) : MCU_OK;
}

int32_t mcu_transfer_wait(const mcu_call_t *call) { return wait(call); }
