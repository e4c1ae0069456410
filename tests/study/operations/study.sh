# What a shell script does: runs programs, one of them with its output in a pipe, and loops.
for i in 1 2 3; do
	/bin/nothing
done
echo "$(/bin/nothing; echo done)" >/dev/null
