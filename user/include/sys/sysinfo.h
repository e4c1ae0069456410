/* sys/sysinfo.h - memory, load and uptime. */
#ifndef _SYS_SYSINFO_H
#define _SYS_SYSINFO_H

struct sysinfo {
	long uptime;
	unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	unsigned short procs, __pad;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;
};
_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo of x86-64");

int sysinfo(struct sysinfo *info);

#endif
