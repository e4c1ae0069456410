# A domain's life and its console: what run-domain and console do, and the agent itself does in a fork of its own.
#
# Under emulation the start of a program takes longer than most of what is done here, so few are started: xl to
# create and to destroy. The store and Xen are asked directly.

use strict;
use warnings;
use Errno qw(EINTR);
use Fcntl;
use POSIX qw(setsid);

require '/rig/store.pl';
require '/rig/domctl.pl';

# Xen's SHUTDOWN_* (public/sched.h), in order.
my @REASONS = qw(poweroff reboot suspend crash watchdog soft-reset);

# No output for so long after a domain's end: xenconsoled has delivered all.
use constant QUIET => 0.2;

# Seconds in which more of what a domain prints may come, before it is passed on: it comes in small pieces, and each would
# wake up all who stand between it and the host.
use constant GATHER => 0.02;

# After so many seconds without a word from a domain in Xen's shim, and again, see whether it stands still.
use constant LOOK => 3;

# Seconds for xenconsoled to give a domain a terminal.
use constant TTY_SECONDS => 5;

# --- the console --------------------------------------------------------------------------------

sub is_readable
{
	my ($set, $handle) = @_;
	return vec($set, fileno $handle, 1);
}

sub domain_tty
{
	my ($domid) = @_;
	for (1 .. TTY_SECONDS / 0.05) {
		my $path = store_read("/local/domain/$domid/console/tty");
		return $path if $path;
		select(undef, undef, undef, 0.05);
	}
	die "domain $domid has no console\n";
}

# Why the domain ended, or nothing while it runs.
sub end_reason
{
	my ($domid) = @_;
	my ($code, undef) = domain_state($domid) or return 'destroyed';
	return $code if !defined $code;
	return $REASONS[$code] // "reason $code";
}

# Writes an empty request for a domain that has used no CPU time, in tenths of a second, since it had used $before. Returns
# what it has used now.
#
# The emulator can lose what would have ended a halt of the shim's, and its timer with it (docs/rig.md); then the domain waits
# until something comes from outside. Whoever is idle for a good reason reads the request and goes on waiting.
sub wake
{
	my ($domid, $before) = @_;
	my (undef, $time) = domain_state($domid) or return;
	my $used = int($time / 1e8);
	store_write("/local/domain/$domid/control/sysrq", '') if defined $before && $before == $used;
	return $used;
}

# Joins standard input and output with a domain's console, byte for byte, until the domain's end, whose reason is
# returned; or until $$is_over, nothing being returned then. @releaseDomain has to be watched.
#
# xenconsoled moves the bytes between the domain's ring and a pseudo-terminal, whose name it publishes in the store;
# it keeps what comes before anybody opened it, so nothing is lost. Like `xl console`, but needs no terminal, gives
# Ctrl-] no meaning, and waits for the end by xenstore's @releaseDomain instead of the console: a domain that is
# preserved after its end keeps its console.
sub join_console
{
	my ($domid, $is_over, $is_in_shim) = @_;
	my $path = domain_tty($domid);
	sysopen(my $tty, $path, O_RDWR | O_NOCTTY) or die "$path: $!\n";
	my $reason = end_reason($domid);
	my ($tty_open, $input_open) = (1, 1);
	my $used;
	while (!$$is_over && ($tty_open || !$reason)) {
		my $set = '';
		vec($set, fileno $tty, 1) = 1 if $tty_open;
		vec($set, fileno STDIN, 1) = 1 if $input_open;
		vec($set, fileno store_handle(), 1) = 1 if !$reason;
		my $patience = $reason ? QUIET : store_has_event() ? 0 : $is_in_shim ? LOOK : undef;
		my $count = select($set, undef, undef, $patience);
		next if $count < 0;
		last if $count == 0 && $reason;
		$used = wake($domid, $used) if $count == 0 && $patience;
		if (is_readable($set, $tty)) {
			$tty_open = sysread($tty, my $bytes, 65536);
			syswrite(STDOUT, $bytes) if $tty_open;
			select(undef, undef, undef, GATHER);
		}
		if (is_readable($set, \*STDIN)) {
			$input_open = sysread(STDIN, my $bytes, 65536);
			syswrite($tty, $bytes) if $input_open;
		}
		if (!$reason && (store_has_event() || is_readable($set, store_handle()))) {
			store_event();
			$reason = end_reason($domid);
		}
	}
	return $reason;
}

# Usage: console DOMID
sub console
{
	my ($domid) = @_;
	my $is_over = 0;
	store_open();
	store_watch('@releaseDomain');
	join_console($domid, \$is_over);
	return 0;
}

# --- a domain's life ----------------------------------------------------------------------------

# Runs a command in a session of its own, what it says going to standard error; true if it succeeds.
sub quietly
{
	my @argv = @_;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		setsid();
		POSIX::dup2(2, 1);
		no warnings 'exec';
		exec { $argv[0] } @argv;
		POSIX::_exit(127);
	}
	1 while waitpid($pid, 0) == -1 && $! == EINTR;
	return $? == 0;
}

sub report
{
	syswrite(STDERR, "$_[0]\n");
}

# Whether the domain that xl is given these arguments for gets Xen's shim.
sub gets_shim
{
	my ($config, @settings) = @_;
	open(my $file, '<', $config) or return;
	return grep { /^\s*pvshim\s*=\s*1/ } readline($file), @settings;
}

# Usage: run-domain NAME CONFIG [KEY=VALUE ...]
#
# One domain's life: created, its console joined with standard input and output, its end awaited,
# destroyed, and the folder of CONFIG with it. What happens is told on standard error, one line
# each:
#
#   created: DOMID
#   ended: REASON      poweroff, reboot, crash, ... or stopped
#
# followed, unless it ended by itself in peace, by its virtual CPUs' registers. A failed creation
# is status 126, with xl's own words on standard error. SIGTERM ends the domain.
#
# xl is told not to watch over the domain (-e): so whatever the configuration says about
# on_crash and on_reboot, a domain which ended stays until its reason was read here.
#
# The agent signals the whole process group. Only the wait for the domain's end is to be over then, so all
# else has a session of its own.
sub run_domain
{
	my ($name, @arguments) = @_;
	my $is_over = 0;
	local $SIG{TERM} = sub { $is_over = 1 };
	my ($folder) = $arguments[0] =~ m{^(.*)/};
	my $is_in_shim = gets_shim(@arguments);
	store_open();
	store_watch('@releaseDomain');
	my $status = 126;
	if (quietly('xl', 'create', '-q', '-e', @arguments) && defined(my $domid = domain_named($name))) {
		$status = 0;
		report("created: $domid");
		my $reason = eval { join_console($domid, \$is_over, $is_in_shim) } // 'stopped';
		report($@) if $@;
		report("ended: $reason");
		if ($reason !~ /^(?:poweroff|reboot|suspend|destroyed)$/) {
			quietly('xenctx', '--all-vcpus', $domid);
		}
		quietly('xl', 'destroy', $domid) if $reason ne 'destroyed';
	}
	unlink glob("$folder/*");
	rmdir $folder;
	return $status;
}

1;
