static int32_t set_inputs@of@(const mcu_memory_t *memory, int32_t frame) {
    for (int32_t i = 0; i < @NAME@_INPUTS; i++) {
        const int32_t code = mcu_scatter(memory, @name@_input(i), @name@_test_inputs[frame * @NAME@_INPUTS + i]);
        if (code < 0) {
            return code;
        }
    }
    return MCU_OK;
}

static int32_t infer@of@(const @context@ *context, int32_t frame, int32_t *row) {
#if defined(MCU_PUSH) && defined(@NAME@_ROWS)
    /* As an application does that gets its input in rows, here MCU_PUSH of them at a time. */
    static @name@_stream_t stream;
    const @row_type@ *rows = @name@_test_inputs[frame * @NAME@_INPUTS + @row_input@];
    int32_t left = @NAME@_ROWS;
    int32_t code = @name@_begin(&stream, context);
    while (code >= 0 && left > 0) {
        const int32_t count = left < (MCU_PUSH) ? left : (MCU_PUSH);
        code = @name@_push_rows(&stream, rows, count);
        rows += count * @NAME@_ROW_ELEMENTS;
        left -= count;
        code = code >= 0 && code != left ? -104 : code;
    }
    *row = stream.row;
    return code < 0 ? code : @name@_finish(&stream);
#else
    (void)frame;
    return @name@_run_rows(context, row);
#endif
}

static int32_t compare@of@(const @context@ *context, int32_t frame, int32_t index) {
    static const int32_t sizes[] = {@output_sizes@};
    const uint8_t *expected = @name@_test_outputs[frame * @NAME@_OUTPUTS + index];
    const int32_t code = @name@_get_output(context, index, output);
    int32_t wrong = 0;
    if (code < 0) {
        return fail("error: output code ", code);
    }
    for (int32_t i = 0; expected && i < sizes[index]; i++) {
        wrong += output[i] != expected[i];
    }
#ifdef MCU_TRACE
    print_number("output ", index);
    board_print(" ");
    for (int32_t i = 0; i < sizes[index]; i++) {
        print_hex(output[i], 2);
    }
    board_print("\n");
#endif
    return wrong ? fail("error: bytes that differ: ", wrong) : 0;
}

/* One run, with the inputs and the expected outputs of a frame; 0 when all is as it must be. */
static int32_t checked_run@of@(const @context@ *context, const mcu_memory_t *memory, int32_t frame) {
    int32_t row = -1;
    int32_t code = set_inputs@of@(memory, frame);
    if (code < 0) {
        return fail("error: input code ", code);
    }
    board_stack_mark();
    board_mark();
    code = infer@of@(context, frame, &row);
    if (code < 0) {
        print_number("error: row ", row);
        return fail(" code ", code);
    }
    print_number("stack ", board_stack_bytes());
    board_print("\n");
@guard_checks@    for (int32_t i = 0; i < @NAME@_OUTPUTS; i++) {
        if (compare@of@(context, frame, i)) {
            return 1;
        }
    }
    return 0;
}

