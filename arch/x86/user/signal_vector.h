/* signal_vector.h - what the signal frames of both widths have in common: flags, and the vector state. */
#ifndef SIGNAL_VECTOR_H
#define SIGNAL_VECTOR_H

#include <kernel/types.h>

#define FLAGS_RESTORED 0x50dd5u /* AC RF OF DF TF SF ZF AF PF CF: what comes from the frame */
#define FLAGS_CLEARED  0x10500u /* RF DF TF: off in a handler */
#define FLAGS_FORCED   0x202u	/* IF and the bit that is always 1 */
#define RPL_USER       3u

#define LEGACY_SIZE 512u /* of FXSAVE's image */

/* Bytes that the current thread's vector state takes in a frame. */
size_t signal_vector_room(void);

/*
 * Save it into thread_current()->user.fpu and from there into the frame at `at`, as Linux lays it out;
 * `in_front` bytes before it belong to it too. 0 or -EFAULT. May sleep.
 */
int signal_vector_push(vaddr_t at, size_t in_front);

/*
 * What a frame has at `at` into `image` of fpu_size() bytes: only LEGACY_SIZE of them, and *legacy_only,
 * if it does not say, in both places, that the extended state is there and all of it.
 * 0 or -EFAULT. May sleep. What is in there has yet to be believed: fpu_replace() judges.
 */
int signal_vector_in(uint8_t *image, vaddr_t at, bool *legacy_only);

#endif
