/* The next frame of the model. Behind its last one it begins anew, from the state that it starts with. */
static int32_t take_turn@of@(const @context@ *context, const mcu_memory_t *memory) {
    static int32_t frame;
    if (frame == @NAME@_TEST_FRAMES) {
        frame = 0;
#ifdef @NAME@_STATE_BYTES
        if (@name@_reset(context) < 0) {
            return fail("error: no reset of model ", @number@);
        }
#endif
    }
    return checked_run@of@(context, memory, frame++);
}

