/* states.c - what a back-end may do to the states in the store, whatever the device is. */
#include "rogue.h"

void device_states_jump(void)
{
	static const uint8_t order[] = { 4, 2, 6, 3, 8, 5, 7, 1, 4, 4, 2, 3, 4, 6, 5, 2, 1, 8, 2,
		4 };

	for (unsigned i = 0; i < 3 * sizeof(order); i++) {
		device_state(order[i % sizeof(order)]);
		nap(i < sizeof(order) ? 100 : i < 2 * sizeof(order) ? 10 : 0);
	}
}

void device_states_nonsense(void)
{
	static const char *const words[] = { "9", "-1", "banana", "", "4294967300", "3.9" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		node_write(back, "state", "%s", words[i]);
		nap(100);
	}
	device_close();
}

void device_close(void)
{
	node_write(back, "online", "0");
	device_state(XenbusStateClosing);
}

void device_come_and_go(void (*plug)(void))
{
	device_grows = true;
	for (unsigned i = 0; i < 32; i++) {
		plug();
		nap(i % 8 * 10);
		device_unplug();
	}
}
