/*
 * rtc.c - the wall clock in CMOS memory (Motorola MC146818A).
 *
 * The chip counts in BCD or binary, 12 or 24 hours, as its register B says, and
 * must not be read in the middle of its once-a-second update; so everything is
 * read until two readings agree. Assumed to run in UTC, as QEMU and Xen set it.
 */
#include <kernel/string.h>
#include <hw/io.h>
#include "native.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71
#define READ_TRIES 1000

enum {
	RTC_SECOND = 0,
	RTC_MINUTE = 2,
	RTC_HOUR = 4,
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_STATUS_A = 10,
	RTC_STATUS_B = 11
};

#define STATUS_A_UPDATING (1 << 7)
#define STATUS_B_24_HOURS (1 << 1)
#define STATUS_B_BINARY	  (1 << 2)
#define HOUR_PM		  (1 << 7)

struct rtc_time {
	uint8_t second, minute, hour, day, month, year;
};

static uint8_t cmos_read(uint8_t index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

static struct rtc_time time_read(void)
{
	for (int i = 0; i < READ_TRIES && cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING; i++) {
	}
	return (struct rtc_time){ cmos_read(RTC_SECOND), cmos_read(RTC_MINUTE), cmos_read(RTC_HOUR),
		cmos_read(RTC_DAY), cmos_read(RTC_MONTH), cmos_read(RTC_YEAR) };
}

static unsigned decode(uint8_t value, uint8_t status)
{
	return status & STATUS_B_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

static unsigned decode_hour(uint8_t value, uint8_t status)
{
	if (status & STATUS_B_24_HOURS) {
		return decode(value, status);
	}
	return decode(value & ~HOUR_PM, status) % 12 + (value & HOUR_PM ? 12 : 0);
}

/* Days from 1970-01-01 to a day of the years 2000 to 2099, where every fourth year is a leap year. */
static unsigned days(unsigned year, unsigned month, unsigned day)
{
	static const uint16_t before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	unsigned leap_days = (year + 3) / 4 + (year % 4 == 0 && month > 2);

	return 10957 + year * 365 + leap_days + before[(month + 11) % 12] + day - 1;
}

nsec_t rtc_read(void)
{
	struct rtc_time t = time_read(), again = time_read();
	uint8_t status = cmos_read(RTC_STATUS_B);
	uint64_t seconds;

	for (int i = 0; i < READ_TRIES && memcmp(&t, &again, sizeof(t)); i++) {
		t = again;
		again = time_read();
	}
	seconds = days(decode(t.year, status), decode(t.month, status), decode(t.day, status));
	seconds = seconds * 24 + decode_hour(t.hour, status);
	seconds = seconds * 60 + decode(t.minute, status);
	seconds = seconds * 60 + decode(t.second, status);
	return seconds * NSEC_PER_SEC;
}
