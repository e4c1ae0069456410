/*
 * frame_list.h (pv64) - telling the toolstack where pv_p2m is; see frame_list.c.
 */
#ifndef PV_FRAME_LIST_H
#define PV_FRAME_LIST_H

/* At boot, once there are pages and the shared info page. Panics without memory for it. */
void frame_list_init(void);

/* The same again, after a restore gave the domain other frames. Any context; nothing else may run. */
void frame_list_tell(void);

#endif
