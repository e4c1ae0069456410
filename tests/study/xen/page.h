/* page.h - Xen's hypercall page, whether the kernel uses it or not. */
#ifndef STUDY_PAGE_H
#define STUDY_PAGE_H

/* The port's; NULL if Xen has none. */
const char *study_page(void);

#endif
