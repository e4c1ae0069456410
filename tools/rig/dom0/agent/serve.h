/* serve.h - serves the host. */
#ifndef RIG_SERVE_H
#define RIG_SERVE_H

/* A worker for each port; does not return. */
int serve_all(void);

#endif
