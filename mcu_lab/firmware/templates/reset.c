int32_t @name@_reset(const @name@_context_t *context) {
    if (!context) {
        return MCU_E_ARGUMENT;
    }
@reset@    return MCU_OK;
}

