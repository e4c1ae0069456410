/*
 * regions.c - suite of arch/hw-x86/regions.c: the loader's memory map becomes boot_info's regions.
 *
 * The oracle is one byte for each frame of a small machine.
 */
#include "harness.h"

#include "../../arch/hw-x86/regions.c"

#define FRAMES	   512u
#define RESERVED   99 /* no kind: claims of the map, told apart from the kernel's */
#define FRAME(n)   ((uint64_t)(n)*PAGE_SIZE)
#define DIRECT_END FRAME(FRAMES_MAX)

void boot_refuse(const char *why)
{
	FAIL("refused: %s", why);
}

static uint8_t kinds[FRAMES];
enum { NO_RAM = 0xff };

static void regions_clear(void)
{
	boot_info.region_count = 0;
	memset(kinds, NO_RAM, sizeof(kinds));
}

/* R1, and every frame of the oracle in the region that has its kind, or in none. */
static void regions_check(void)
{
	uint8_t got[FRAMES];
	unsigned long last = 0;

	memset(got, NO_RAM, sizeof(got));
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		EXPECT(r->count > 0);
		EXPECT(r->start.n >= last);
		last = r->start.n + r->count;
		for (unsigned long f = r->start.n; f < last && f < FRAMES; f++) {
			got[f] = (uint8_t)r->kind;
		}
	}
	EXPECT_EQ(boot_region_limit().n, last);
	for (unsigned f = 0; f < FRAMES; f++) {
		if (got[f] != kinds[f]) {
			FAIL("frame %u is %u, not %u", f, got[f], kinds[f]);
		}
	}
}

static void add_ram(uint64_t start, uint64_t end)
{
	boot_region_add_ram(start, end);
	for (unsigned f = 0; f < FRAMES; f++) {
		if (FRAME(f) >= start && FRAME(f + 1) <= end) {
			kinds[f] = REGION_FREE;
		}
	}
}

static void claim(uint64_t start, uint64_t end, int kind)
{
	boot_region_reserve(start, end, kind);
	for (unsigned f = 0; f < FRAMES; f++) {
		if (FRAME(f) < end && FRAME(f + 1) > start && kinds[f] == REGION_FREE) {
			kinds[f] = (uint8_t)kind;
		}
	}
}

TEST(what_qemu_gives)
{
	regions_clear();
	add_ram(0, 0x9fc00); /* ends within a frame */
	add_ram(FRAME(256), FRAME(400));
	claim(0x9fc00, 0xa0000, REGION_PLATFORM);
	claim(0, FRAME(256), REGION_PLATFORM);
	claim(FRAME(256), FRAME(300) + 1, REGION_KERNEL);
	regions_check();
	EXPECT_EQ(boot_info.region_count, 3);
}

TEST(unordered_map)
{
	regions_clear();
	add_ram(FRAME(100), FRAME(120));
	add_ram(FRAME(10), FRAME(20));
	add_ram(FRAME(50), FRAME(60));
	claim(FRAME(0), FRAME(512), RESERVED);
	regions_check();
}

TEST(claim_splits_in_three)
{
	regions_clear();
	add_ram(0, FRAME(100));
	claim(FRAME(40) + 5, FRAME(40) + 6, REGION_MODULE);
	regions_check();
	EXPECT_EQ(boot_info.region_count, 3);
	claim(FRAME(39), FRAME(42), REGION_KERNEL); /* the frame claimed first keeps its kind */
	regions_check();
	EXPECT_EQ(boot_info.region_count, 5);
}

TEST(part_of_a_frame_is_not_ram)
{
	regions_clear();
	add_ram(FRAME(3) + 1, FRAME(5) - 1); /* no whole frame but 4's part: none */
	regions_check();
	EXPECT_EQ(boot_info.region_count, 0);
	add_ram(FRAME(3) + 1, FRAME(5));
	regions_check();
	EXPECT_EQ(boot_info.region_count, 1);
}

TEST(overlapping_ram_counts_once)
{
	regions_clear();
	add_ram(FRAME(10), FRAME(20));
	add_ram(FRAME(15), FRAME(30));
	add_ram(FRAME(5), FRAME(12));
	regions_check();
}

/* What no machine has: sizes that wrap, addresses beyond the direct map. */
TEST(absurd_addresses)
{
	regions_clear();
	add_ram(0, FRAME(8));
	boot_region_add_ram(UINT64_MAX - 10, UINT64_MAX);
	boot_region_add_ram(DIRECT_END, DIRECT_END + FRAME(10));
	boot_region_add_ram(FRAME(100), FRAME(90));
	boot_region_reserve(UINT64_MAX - 10, 5, RESERVED);
	regions_check();
	boot_region_add_ram(DIRECT_END - FRAME(1), DIRECT_END + FRAME(1));
	EXPECT_EQ(boot_region_limit().n, FRAMES_MAX);
}

static void random_map_check(void)
{
	unsigned at = 0;

	regions_clear();
	for (unsigned i = 0; i < 4; i++) { /* ascending, with holes; ends anywhere in a frame */
		uint64_t start = FRAME(at) + test_random_below(2 * PAGE_SIZE);
		uint64_t end = start + test_random_below(100 * PAGE_SIZE);

		add_ram(start, end);
		at = (unsigned)(end / PAGE_SIZE) + 1 + test_random_below(20);
	}
	for (unsigned i = 0; i < 6; i++) {
		uint64_t start = test_random_below(FRAMES * PAGE_SIZE);

		claim(start, start + test_random_below(60 * PAGE_SIZE), 1 + (int)i % 4);
	}
	regions_check();
}

TEST(random_maps)
{
	for (unsigned i = 0; i < 2000; i++) {
		random_map_check();
	}
}
