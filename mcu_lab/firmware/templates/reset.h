
/* Bytes of the arena that outlast a run: nothing else is ever written there, and the caller must not either. */
#define @NAME@_STATE_BYTES @state_bytes@

/* Back to what the model starts with, as init does too: before a new recording, or another stream. */
int32_t @name@_reset(const @context@ *context);
