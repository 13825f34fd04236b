@take_turns@@turn_order@
static int32_t (*const take_turn[])(const @context@ *, const mcu_memory_t *) = {@turn_names@};

