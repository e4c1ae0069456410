# Many processes at a time: pipes between them, forks, signals and files, all at once.
worker() {
	n=0
	while [ $n -lt 6 ]; do
		n=$((n + 1))
		echo "$1 $n" | sed 's/ /-/' | cat >>out.$1
		(exit $((n % 5)))
		[ $? = $((n % 5)) ] || echo "worker $1: wrong status"
	done
	wc -l <out.$1
}

for w in 1 2 3 4 5 6 7 8; do
	worker $w >lines.$w &
done
wait
cat lines.* | sort | uniq -c | tr -s ' '
cat out.* | sort | md5sum

echo "one pipeline of many"
seq 1 2000 | sed 's/1/x/g' | tr 'x' '1' | sort -rn | head -n 1000 | sort -n | md5sum

echo "signals to those that run"
for w in 1 2 3 4 5 6; do
	while :; do :; done &
	busy="$busy $!"
done
sleep 0.2
# The shell says "Terminated" of those that it happens to hear of while it waits for another.
{
	kill -TERM $busy
	for p in $busy; do
		wait $p
		echo "ended by $(($? - 128))"
	done
} 2>/dev/null

echo "many short ones"
i=0
while [ $i -lt 20 ]; do
	true &
	false &
	i=$((i + 1))
done
wait
echo done
