# Small things that the host often wants done.

use strict;
use warnings;
use POSIX ();

require '/rig/store.pl';
require '/rig/domctl.pl';

# Usage: domid NAME
sub print_domid
{
	my ($name) = @_;
	store_open();
	my $domid = domain_named($name) // die "there is no domain $name\n";
	syswrite(STDOUT, "$domid\n");
	return 0;
}

sub make_folders
{
	my ($path) = @_;
	while ($path =~ m{/}g) {
		mkdir substr($path, 0, pos($path) - 1);
	}
}

# Usage: files <STREAM
#
# Writes files, making their folders. The stream has of each: "+", the lengths of its path and of its content as 32-bit
# big-endian numbers, and both; with "=" instead it is another name of the file whose path the content is.
sub take_files
{
	binmode STDIN;
	while (read(STDIN, my $head, 9)) {
		my ($kind, $path_length, $length) = unpack('aN2', $head);
		read(STDIN, my $path, $path_length) == $path_length or die "the stream breaks off\n";
		my $content = '';
		read(STDIN, $content, $length) == $length or die "the stream breaks off\n";
		make_folders($path);
		unlink $path;
		if ($kind eq '=') {
			link($content, $path) or die "$path: $!\n";
			next;
		}
		open(my $file, '>:raw', $path) or die "$path: $!\n";
		print $file $content or die "$path: $!\n";
		close($file) or die "$path: $!\n";
		chmod(0755, $path);
	}
	return 0;
}

# Usage: nudge
#
# Writes an empty request for each domain in PVH that has used no CPU time, in tenths of a second, since this was called
# last; what it had used is kept in /run.
sub nudge
{
	store_open();
	for my $domid (store_domains()) {
		next if (store_read("/libxl/$domid/type") // '') ne 'pvh';
		my (undef, $time) = domain_state($domid) or next;
		my $tenths = int($time / 1e8);
		my $before = -1;
		if (open(my $file, '<', "/run/nudge-$domid")) {
			$before = readline($file);
		}
		store_write("/local/domain/$domid/control/sysrq", '') if $before == $tenths;
		open(my $file, '>', "/run/nudge-$domid") or die "/run: $!\n";
		print $file $tenths;
	}
	return 0;
}

1;
