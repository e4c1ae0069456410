/* sys/sysinfo.h - memory, load and uptime. */
#ifndef _SYS_SYSINFO_H
#define _SYS_SYSINFO_H

struct sysinfo {
	long uptime;
	unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	unsigned short procs, __pad;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;
	unsigned char __rest[12 - sizeof(long)];
};

int sysinfo(struct sysinfo *info);

#endif
