/* stream_misc.c - TCP sockets: TCP's options, and the list of all for /proc/net. */
#include "stream.h"

#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include "segment.h"

static struct list streams = LIST_INIT(streams);

struct tcp_pcb *stream_pcb_make(const struct inet_socket *s)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(s->socket.family == AF_INET ? IPADDR_TYPE_V4
			: s->is_v6only					  ? IPADDR_TYPE_V6
									  : IPADDR_TYPE_ANY);

	if (pcb) {
		pcb->ttl = 64;
		pcb->netif_idx = (u8_t)s->socket.device;
		if (socket_flag(&s->socket, SO_REUSEADDR)) {
			ip_set_option(pcb, SOF_REUSEADDR);
		}
		if (socket_flag(&s->socket, SO_KEEPALIVE)) {
			ip_set_option(pcb, SOF_KEEPALIVE);
		}
	}
	return pcb;
}

void stream_list_add(struct stream *s)
{
	list_push_back(&streams, &s->all_link);
	inet_users_add(1);
}

void stream_list_remove(struct stream *s)
{
	if (list_is_linked(&s->all_link)) {
		list_remove(&s->all_link);
		inet_users_add(-1);
	}
}

/* ---- options -------------------------------------------------------------------------------- */

int stream_tcp_option_set(struct stream *s, int name, const void *value, size_t len)
{
	struct tcp_pcb *pcb = s->pcb;
	int32_t number;

	if (len < sizeof(number) || option_number(value, len, &number)) {
		return -EINVAL;
	}
	if (!pcb || s->state == STREAM_LISTENING) {
		return 0; /* of no use there, and not refused by Linux */
	}
	switch (name) {
	case TCP_NODELAY:
		if (number) {
			tcp_nagle_disable(pcb);
			(void)tcp_output(pcb);
		} else {
			tcp_nagle_enable(pcb);
		}
		return 0;
	case TCP_KEEPIDLE:
		pcb->keep_idle = (u32_t)number * 1000;
		return number > 0 && number < 32768 ? 0 : -EINVAL;
	case TCP_KEEPINTVL:
		pcb->keep_intvl = (u32_t)number * 1000;
		return number > 0 && number < 32768 ? 0 : -EINVAL;
	case TCP_KEEPCNT:
		pcb->keep_cnt = (u32_t)number;
		return number > 0 && number < 128 ? 0 : -EINVAL;
	case TCP_CORK:
	case TCP_DEFER_ACCEPT:
	case TCP_QUICKACK:
	case TCP_USER_TIMEOUT:
	case TCP_SYNCNT:
	case TCP_MAXSEG:
		return 0; /* hints */
	default:
		return -ENOPROTOOPT;
	}
}

int stream_tcp_option_get(struct stream *s, int name, void *value, size_t *len)
{
	struct tcp_pcb *pcb = s->state == STREAM_LISTENING ? NULL : s->pcb;

	switch (name) {
	case TCP_NODELAY:
		return option_tell(value, len, pcb && tcp_nagle_disabled(pcb));
	case TCP_MAXSEG:
		return option_tell(value, len, pcb ? segment_mss(pcb) : TCP_MSS);
	case TCP_KEEPIDLE:
		return option_tell(value, len, pcb ? (int32_t)(pcb->keep_idle / 1000) : 7200);
	case TCP_KEEPINTVL:
		return option_tell(value, len, pcb ? (int32_t)(pcb->keep_intvl / 1000) : 75);
	case TCP_KEEPCNT:
		return option_tell(value, len, pcb ? (int32_t)pcb->keep_cnt : 9);
	case TCP_CORK:
	case TCP_QUICKACK:
	case TCP_DEFER_ACCEPT:
		return option_tell(value, len, 0);
	default:
		return -ENOPROTOOPT;
	}
}

/* ---- /proc/net/tcp -------------------------------------------------------------------------- */

/* Linux's numbers (net/tcp_states.h) by lwIP's. */
static unsigned state_number(const struct stream *s)
{
	static const uint8_t numbers[] = { [CLOSED] = 7,
		[LISTEN] = 10,
		[SYN_SENT] = 2,
		[SYN_RCVD] = 3,
		[ESTABLISHED] = 1,
		[FIN_WAIT_1] = 4,
		[FIN_WAIT_2] = 5,
		[CLOSE_WAIT] = 8,
		[CLOSING] = 11,
		[LAST_ACK] = 9,
		[TIME_WAIT] = 6 };

	return s->pcb && s->pcb->state < ARRAY_SIZE(numbers) ? numbers[s->pcb->state] : 7;
}

static void address_show(struct proc_text *text, int family, const ip_addr_t *ip, unsigned port)
{
	const u32_t *words = ip_2_ip6(ip)->addr;

	if (family == AF_INET) {
		proc_print(text, "%08X:%04X ", ip4_addr_get_u32(ip_2_ip4(ip)), port);
	} else if (IP_IS_V6_VAL(*ip)) {
		proc_print(text, "%08X%08X%08X%08X:%04X ", words[0], words[1], words[2], words[3],
			port);
	} else {
		u32_t word = IP_IS_ANY_TYPE_VAL(*ip) ? 0 : ip4_addr_get_u32(ip_2_ip4(ip));

		proc_print(text, "%08X%08X%08X%08X:%04X ", 0, 0, word ? PP_HTONL(0xffff) : 0, word,
			port);
	}
}

void inet_line_show(struct proc_text *text, unsigned number, int family, const ip_addr_t *local,
	unsigned local_port, const ip_addr_t *remote, unsigned remote_port, unsigned state,
	size_t unread)
{
	proc_print(text, "%4u: ", number);
	address_show(text, family, local, local_port);
	address_show(text, family, remote, remote_port);
	proc_print(text, "%02X %08X:%08X 00:00000000 00000000 %5u %8u %u 1 0000000000000000 0\n",
		state, 0, (unsigned)unread, 0, 0, 0);
}

void stream_show(struct proc_text *text, int family)
{
	unsigned number = 0;

	list_for_each(node, &streams) {
		struct stream *s = list_entry(node, struct stream, all_link);

		if (s->inet.socket.family == family && s->state != STREAM_FRESH && s->pcb) {
			bool is_listening = s->state == STREAM_LISTENING;
			static const ip_addr_t none;

			inet_line_show(text, number++, family, &s->pcb->local_ip,
				s->pcb->local_port, is_listening ? &none : &s->remote,
				is_listening ? 0 : s->remote_port, state_number(s), s->input.used);
		}
	}
}
