/* ioctl.c - a terminal's settings, size and owners. */
#include "tty.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/signal.h>

static long settings_set(struct tty *tty, unsigned long arg, bool flush)
{
	struct linux_termios new;

	if (user_copy_in(&new, arg, sizeof(new))) {
		return -EFAULT;
	}
	mutex_lock(&tty->lock);
	if (flush) {
		tty->tail = tty->committed = tty->head;
	}
	tty->settings = new;
	tty->committed = tty->head; /* a line being edited belongs to the new mode's readers */
	if (!(new.iflag &IXON)) {
		tty_output_resume(tty);
	}
	mutex_unlock(&tty->lock);
	wait_wake_all(&tty->readers);
	tty_input_taken(tty);
	return 0;
}

static long size_set(struct tty *tty, unsigned long arg)
{
	struct signal_info info = { .signo = SIGWINCH, .code = SI_KERNEL };
	struct linux_winsize new;

	if (user_copy_in(&new, arg, sizeof(new))) {
		return -EFAULT;
	}
	if (memcmp(&new, &tty->size, sizeof(new))) {
		tty->size = new;
		if (tty->group) {
			signal_send_group(tty->group, &info);
		}
	}
	return 0;
}

static long group_set(struct tty *tty, unsigned long arg)
{
	int group, err;

	if (process_current()->tty != tty) {
		return -ENOTTY;
	}
	if (user_copy_in(&group, arg, sizeof(group))) {
		return -EFAULT;
	}
	if (group <= 0) {
		return -EINVAL;
	}
	if (!process_group_is_in(group, process_current()->sid)) {
		return -EPERM;
	}
	err = tty_job_check(tty, SIGTTOU);
	if (err) {
		return err;
	}
	tty->group = group;
	return 0;
}

static long number_out(unsigned long arg, int number)
{
	return user_copy_out(arg, &number, sizeof(number));
}

static long flush(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH) {
		return -EINVAL;
	}
	if (which != TCOFLUSH) {
		mutex_lock(&tty->lock);
		tty->tail = tty->committed = tty->head;
		mutex_unlock(&tty->lock);
		tty_input_taken(tty);
	}
	return 0;
}

static long flow(struct tty *tty, unsigned long what)
{
	switch (what) {
	case TCOOFF:
		tty->is_stopped = true;
		return 0;
	case TCOON:
		tty_output_resume(tty);
		return 0;
	case TCIOFF:
	case TCION: /* who types does not wait for us */
		return 0;
	default:
		return -EINVAL;
	}
}

long tty_ioctl(struct tty *tty, unsigned request, unsigned long arg)
{
	struct process *p = process_current();

	switch (request) {
	case TCGETS:
		return user_copy_out(arg, &tty->settings, sizeof(tty->settings));
	case TCSETS:
	case TCSETSW:
		return settings_set(tty, arg, false);
	case TCSETSF:
		return settings_set(tty, arg, true);
	case TIOCGWINSZ:
		return user_copy_out(arg, &tty->size, sizeof(tty->size));
	case TIOCSWINSZ:
		return size_set(tty, arg);
	case TIOCGPGRP:
		return p->tty == tty ? number_out(arg, tty->group) : -ENOTTY;
	case TIOCSPGRP:
		return group_set(tty, arg);
	case TIOCGSID:
		return p->tty == tty ? number_out(arg, tty->session) : -ENOTTY;
	case TIOCSCTTY:
		return tty_become_controlling(tty);
	case TIOCNOTTY:
		return tty_give_up(tty);
	case FIONREAD:
		return number_out(
			arg, tty_is_readable(tty) ? (int)(tty->committed - tty->tail) : 0);
	case TIOCOUTQ:
		return number_out(arg, 0);
	case TCFLSH:
		return flush(tty, arg);
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	default:
		return -ENOTTY;
	}
}
