#!/bin/sh
# Process 1 of a boot of `make soak`. What the boot before left on the disk is checked, something else is
# left for the next; the network is tried both ways. The console's other end fetches the page that says
# which boot this is, and types what it thinks of it.
PEER=$(cat /etc/soak-peer)

fail()
{
	echo "soak: failed: $*"
	exit 1
}

trap '' PIPE
mount | grep -q ' / type ext4 (rw' || fail "no root on a disk: $(mount | head -n 1)"
boot=$(($(cat /www/boot) + 1))
[ "$boot" = 1 ] || sha1sum -c -s /kept/sums || fail "the disk is not as boot $((boot - 1)) left it"

file=/kept/$((boot % 5))
rm -f "$file"
head -c $((boot * 7919 % 600000)) /dev/urandom >"$file" || fail "a file cannot be written"
sha1sum /kept/[0-4] >/kept/sums.new && mv /kept/sums.new /kept/sums || fail "no sums"
echo $boot >/www/boot
sync

ping -q -c 2 -w 60 "$PEER" >/dev/null || fail "no answer from $PEER"
httpd -h /www
echo "soak: serves $boot"
read -r answer
[ "$answer" = fetched ] || fail "the page: $answer"
echo "soak: good"
