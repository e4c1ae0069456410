/* com_err.h - error codes of the library: 0, an errno, or one of ext2_err.h. */
#ifndef EXT2FS_COM_ERR_H
#define EXT2FS_COM_ERR_H

typedef long errcode_t;
struct error_table;

#define com_err(...) ((void)0)

#endif
