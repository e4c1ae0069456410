for i in 3 1 2; do echo $i; done | sort | tr 123 abc
seq 1 2000 | awk '{ s += $1 } END { print s }'
yes | head -n 3
echo one two three | while read a b c; do echo $c $b $a; done
seq 1 20000 | wc
(echo left; echo right >&2) 2>&1 | sort
x=$(echo inner; exit 3); echo "$x $?"
cat <<end | grep -c a
alpha
beta
xyz
end
mkfifo f; (echo through a fifo > f) & cat f; wait
