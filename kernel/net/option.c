/* option.c - SOL_SOCKET's options: those that are the same for every family. */
#include <kernel/socket.h>
#include <kernel/string.h>
#include <linux/time.h>

/* On or off, nothing more. What reads them is the family's code. */
#define ON_OFF                                                                                     \
	(1ull << SO_DEBUG | 1ull << SO_REUSEADDR | 1ull << SO_DONTROUTE | 1ull << SO_BROADCAST |   \
		1ull << SO_KEEPALIVE | 1ull << SO_OOBINLINE | 1ull << SO_REUSEPORT |               \
		1ull << SO_PASSCRED | 1ull << SO_TIMESTAMP)

#define BUFFER_LEN_MIN 2304
#define BUFFER_LEN_MAX 212992

static bool is_on_off(int name)
{
	return name >= 0 && name < 64 && ON_OFF >> name & 1;
}

/* ---- setting -------------------------------------------------------------------------------- */

static int timeout_set(nsec_t *timeout, const void *value, size_t len)
{
	struct linux_timeval t;

	if (len < sizeof(t)) {
		return -EINVAL;
	}
	memcpy(&t, value, sizeof(t));
	if (t.usec < 0 || t.usec >= 1000000) {
		return -EDOM;
	}
	if (t.sec < 0) {
		t = (struct linux_timeval){ 0 };
	}
	*timeout = t.sec > INT32_MAX
		? 0
		: (nsec_t)t.sec * NSEC_PER_SEC + (nsec_t)t.usec * NSEC_PER_USEC;
	return 0;
}

/* Twice what was asked for, as on Linux: half of it is thought of as overhead. */
static int32_t buffer_len(int32_t wanted)
{
	int32_t bounded = MIN(MAX(wanted, 0), BUFFER_LEN_MAX);

	return MAX(bounded * 2, BUFFER_LEN_MIN);
}

static int linger_set(struct socket *s, const void *value, size_t len)
{
	if (len < sizeof(s->linger)) {
		return -EINVAL;
	}
	memcpy(&s->linger, value, sizeof(s->linger));
	return 0;
}

static void flag_set(struct socket *s, int name, bool on)
{
	if (on) {
		__atomic_or_fetch(&s->flags, 1ull << name, __ATOMIC_RELAXED);
	} else {
		__atomic_and_fetch(&s->flags, ~(1ull << name), __ATOMIC_RELAXED);
	}
}

static int number_set(struct socket *s, int name, int32_t number)
{
	if (is_on_off(name)) {
		flag_set(s, name, number);
		return 0;
	}
	switch (name) {
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->send_buffer = buffer_len(number);
		return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		s->receive_buffer = buffer_len(number);
		return 0;
	case SO_PRIORITY:
		s->priority = number;
		return 0;
	case SO_MARK:
		s->mark = number;
		return 0;
	case SO_RCVLOWAT:
		return number <= 1 ? 0 : -EINVAL;
	default:
		return -ENOPROTOOPT;
	}
}

static int own_set(struct socket *s, int name, const void *value, size_t len)
{
	int32_t number;

	switch (name) {
	case SO_RCVTIMEO:
		return timeout_set(&s->receive_timeout, value, len);
	case SO_SNDTIMEO:
		return timeout_set(&s->send_timeout, value, len);
	case SO_LINGER:
		return linger_set(s, value, len);
	default:
		if (len < sizeof(number)) {
			return -EINVAL;
		}
		memcpy(&number, value, sizeof(number));
		return number_set(s, name, number);
	}
}

int socket_option_set(struct socket *s, int level, int name, const void *value, size_t len)
{
	int err = -ENOPROTOOPT;

	if (s->ops->option_set) {
		err = s->ops->option_set(s, level, name, value, len);
	}
	if (err == -ENOPROTOOPT && level == SOL_SOCKET) {
		err = own_set(s, name, value, len);
	}
	return err;
}

/* ---- getting -------------------------------------------------------------------------------- */

static int put(void *value, size_t *len, const void *from, size_t from_len)
{
	*len = MIN(*len, from_len);
	memcpy(value, from, *len);
	return 0;
}

static int timeout_get(nsec_t timeout, void *value, size_t *len)
{
	struct linux_timeval t = { (int64_t)(timeout / NSEC_PER_SEC),
		(int64_t)(timeout % NSEC_PER_SEC / NSEC_PER_USEC) };

	return put(value, len, &t, sizeof(t));
}

static int number_get(struct socket *s, int name, int32_t *number)
{
	if (is_on_off(name)) {
		*number = socket_flag(s, name);
		return 0;
	}
	switch (name) {
	case SO_TYPE:
		*number = s->type;
		return 0;
	case SO_DOMAIN:
		*number = s->family;
		return 0;
	case SO_PROTOCOL:
		*number = s->protocol;
		return 0;
	case SO_SNDBUF:
		*number = s->send_buffer;
		return 0;
	case SO_RCVBUF:
		*number = s->receive_buffer;
		return 0;
	case SO_PRIORITY:
		*number = s->priority;
		return 0;
	case SO_MARK:
		*number = s->mark;
		return 0;
	case SO_RCVLOWAT:
	case SO_SNDLOWAT:
		*number = 1;
		return 0;
	case SO_ERROR:
		*number = s->ops->error_take ? s->ops->error_take(s) : 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int own_get(struct socket *s, int name, void *value, size_t *len)
{
	int32_t number;
	int err;

	switch (name) {
	case SO_RCVTIMEO:
		return timeout_get(s->receive_timeout, value, len);
	case SO_SNDTIMEO:
		return timeout_get(s->send_timeout, value, len);
	case SO_LINGER:
		return put(value, len, &s->linger, sizeof(s->linger));
	default:
		err = number_get(s, name, &number);
		return err ? err : put(value, len, &number, sizeof(number));
	}
}

int socket_option_get(struct socket *s, int level, int name, void *value, size_t *len)
{
	size_t room = *len;
	int err = -ENOPROTOOPT;

	if (s->ops->option_get) {
		err = s->ops->option_get(s, level, name, value, len);
	}
	if (err == -ENOPROTOOPT && level == SOL_SOCKET) {
		*len = room;
		err = own_get(s, name, value, len);
	}
	return err;
}
