/* @title@, made by mcu_lab: what its models have in common. Do not edit: make it again. */
#include "@home@.h"

@bank_declarations@

@memories_code@int32_t @home@_init(const @context@ *context) {
    int32_t code = MCU_OK;
@member_inits@    return code;
}
