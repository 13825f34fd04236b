#include "mcu_lab.h"

int32_t mcu_run(const mcu_step_t *steps, int32_t count, const mcu_memory_t *memory, const mcu_port_t *port,
                int32_t *failed_row) {
    for (int32_t row = 0; row < count; row++) {
        const mcu_call_t call = {steps[row].args, memory, port, row};
        int32_t code = steps[row].kernel ? steps[row].kernel(&call) : MCU_OK;
        if (code >= 0 && port && port->after_step) {
            code = port->after_step(port->context, &call);
        }
        if (code < 0) {
            if (failed_row) {
                *failed_row = row;
            }
            return code;
        }
    }
    return MCU_OK;
}
