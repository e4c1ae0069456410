# The store, by way of xenstored's own socket (Xen's public/io/xs_wire.h): one connection for a program.

use strict;
use warnings;
use Errno qw(EINTR);
use Socket;

use constant {
	STORE         => '/run/xenstored/socket',
	XS_DIRECTORY  => 1,
	XS_READ       => 2,
	XS_WATCH      => 4,
	XS_WRITE      => 11,
	XS_EVENT      => 15,
	XS_ERROR      => 16,
	HEADER_LENGTH => 16,    # type, request, transaction, length
};

my $store;
my @events;                 # tokens of watches that fired, while an answer was waited for

sub store_exactly
{
	my ($length) = @_;
	my $bytes = '';
	while (length $bytes < $length) {
		my $count = sysread($store, $bytes, $length - length $bytes, length $bytes);
		next if !defined $count && $! == EINTR;
		die "xenstored does not answer\n" if !$count;
	}
	return $bytes;
}

# Type and content of the next message.
sub store_message
{
	my ($type, undef, undef, $length) = unpack('L4', store_exactly(HEADER_LENGTH));
	return ($type, store_exactly($length));
}

# The answer, or nothing when it is an error.
sub store_ask
{
	my ($type, $content) = @_;
	my $message = pack('L4', $type, 0, 0, length $content) . $content;
	syswrite($store, $message) == length $message or die "xenstored does not listen\n";
	while (1) {
		my ($kind, $answer) = store_message();
		if ($kind == XS_EVENT) {
			push @events, (split /\0/, $answer)[1];
			next;
		}
		return $kind == XS_ERROR ? () : $answer;
	}
}

sub store_read
{
	my ($path) = @_;
	return store_ask(XS_READ, "$path\0");
}

# True if it was written.
sub store_write
{
	my ($path, $value) = @_;
	return defined store_ask(XS_WRITE, "$path\0$value");
}

# For select().
sub store_handle
{
	return $store;
}

# Whether store_event() has one without waiting.
sub store_has_event
{
	return scalar @events;
}

# The token of the next watch that fires.
sub store_event
{
	return shift @events if @events;
	my ($type, $content) = store_message();
	die "xenstored says what it was not asked\n" if $type != XS_EVENT;
	return (split /\0/, $content)[1];
}

sub store_open
{
	socket($store, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($store, sockaddr_un(STORE)) or die "xenstored: $!\n";
}

# A watch fires once when it is set: that event is over when this returns. There is one watch.
sub store_watch
{
	my ($path) = @_;
	store_ask(XS_WATCH, "$path\0$path\0") // die "xenstored gives no watch\n";
	store_event();
}

# The numbers of all domains.
sub store_domains
{
	return split /\0/, store_ask(XS_DIRECTORY, "/local/domain\0") // '';
}

# The number of the domain of that name.
sub domain_named
{
	my ($name) = @_;
	my ($domid) = grep { (store_read("/local/domain/$_/name") // '') eq $name } store_domains();
	return $domid;
}

1;
