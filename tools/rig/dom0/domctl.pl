# What Xen itself knows of a domain: the hypercall that xl makes (XEN_DOMCTL_getdomaininfo, Xen's public/domctl.h, whose
# layouts belong to one version of Xen: another one refuses the call).

use strict;
use warnings;
use Errno qw(ESRCH);
use Fcntl;

use constant {
	PRIVCMD            => '/dev/xen/privcmd',
	PRIVCMD_HYPERCALL  => 0x305000,             # _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
	DOMCTL             => 36,
	GETDOMAININFO      => 5,
	DOMCTL_LENGTH      => 512,                  # the structure has less
	DOMCTL_VERSION     => 0x15,                 # of Xen 4.17
	IS_OVER            => 1 << 2 | 1 << 0,      # it shut down, or is being destroyed
	CODE_SHIFT         => 16,
};

# The code of its shutdown or nothing while it runs, and its CPU time in nanoseconds; an empty list if there is no such
# domain.
sub domain_state
{
	my ($domid) = @_;
	my $call = pack('L2 S x6', GETDOMAININFO, DOMCTL_VERSION, $domid) . "\0" x DOMCTL_LENGTH;
	sysopen(my $privcmd, PRIVCMD, O_RDWR) or die PRIVCMD . ": $!\n";
	my $answer = ioctl($privcmd, PRIVCMD_HYPERCALL, pack('Q P x32', DOMCTL, $call));
	if (!defined $answer) {
		return if $! == ESRCH;
		die "Xen does not tell of domain $domid: $!\n";
	}
	# From the structure's byte 16 on: the domain, which is the next one if there is none of that number; flags; seven
	# more fields, of which the last is the time.
	my ($found, $flags, $time) = unpack('x16 S x2 L x48 Q', $call);
	return if $found != $domid;
	return ($flags & IS_OVER ? $flags >> CODE_SHIFT & 0xff : undef, $time);
}

1;
