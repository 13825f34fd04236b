    for (int32_t frame = 0; frame < @NAME@_TEST_FRAMES; frame++) {
        if (checked_run(&context, bench.memory, frame)) {
            return 1;
        }
    }
#if defined(@NAME@_STATE_BYTES) && !defined(MCU_TRACE) && !defined(MCU_COUNT)
    code = @name@_reset(&context);
    if (code < 0 || checked_run(&context, bench.memory, 0)) {
        return fail("error: after a reset, code ", code);
    }
#endif
