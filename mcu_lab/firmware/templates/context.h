#define @HOME@_ARENA_BYTES @arena_bytes@
#define @HOME@_WEIGHTS_BYTES @weights_bytes@
#define @HOME@_MEMORIES @memory_count@
#define @HOME@_ALIGNMENT 16

/* After the definition of an array that is to be the arena: too small a one does not compile. */
#define @HOME@_CHECK_ARENA(array) typedef char @home@_arena_is_too_small[sizeof(array) >= @HOME@_ARENA_BYTES ? 1 : -1]

/* Numbers of the memories, as a port's callbacks get them. */
@memory_macros@
/* What the caller provides; must stay valid while @whose@ used. Arrays are aligned to @HOME@_ALIGNMENT. */
typedef struct @home@_context {
@context_fields@    const mcu_port_t *port; /* @port_note@ */
} @context@;
