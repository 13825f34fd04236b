void @home@_memories(const @context@ *context, mcu_memory_t *memory) {
    (void)context;
@memories@}

