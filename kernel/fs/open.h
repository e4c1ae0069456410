/* open.h - the steps of opening and making that several files need. */
#ifndef OPEN_H
#define OPEN_H

#include "fs.h"

/* Open what a name stands for, no questions asked (but those of its device). */
int file_open_dentry(struct dentry *d, unsigned flags, struct file **file) __must_check;

/* Whether the caller may add a name to the locked directory. */
int name_may_create(struct inode *dir) __must_check;

#endif
