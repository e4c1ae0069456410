# Small things that the host often wants done.

use strict;
use warnings;
use POSIX ();

require '/rig/store.pl';

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
# Writes files, making their folders. The stream has of each step: a letter, the lengths of a path and of a content as 32-bit
# big-endian numbers, and both. "+" writes the file, ">" adds to it; with "=" it becomes another name of the file whose
# path the content is, with "&" what is in that one is added to it.
sub take_files
{
	binmode STDIN;
	while (read(STDIN, my $head, 9)) {
		my ($letter, $path_length, $length) = unpack('aN2', $head);
		my $path = stream_bytes($path_length);
		my $content = stream_bytes($length);
		if ($letter eq '=') {
			make_folders($path);
			unlink $path;
			link($content, $path) or die "$path: $!\n";
			next;
		}
		if ($letter eq '+') {
			make_folders($path);
			unlink $path;
		}
		$content = file_content($content) if $letter eq '&';
		open(my $file, '>>:raw', $path) or die "$path: $!\n";
		print $file $content or die "$path: $!\n";
		close($file) or die "$path: $!\n";
		chmod(0755, $path);
	}
	return 0;
}

sub stream_bytes
{
	my ($length) = @_;
	read(STDIN, my $bytes, $length) == $length or die "the stream breaks off\n";
	return $bytes;
}

sub file_content
{
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	local $/;
	return readline($file);
}

1;
