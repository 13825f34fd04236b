int32_t @name@_reset(const @context@ *context) {
    if (!context) {
        return MCU_E_ARGUMENT;
    }
@reset@    return MCU_OK;
}

