trap 'echo caught TERM' TERM; kill -TERM $$; echo after; trap - TERM
trap '' INT; kill -INT $$; echo ignored; trap - INT
sh -c 'kill -SEGV $$'; echo $?
sh -c 'kill -KILL $$'; echo $?
# Whether a shell still says "Terminated" is a race of its own: it does not if it was told before it waits.
(sleep 100 & kill $!; wait $!; echo $?) 2>/dev/null
sh -c 'trap "echo bye; exit 5" EXIT; exit 4'; echo $?
timeout 1 sleep 30; echo $?
(sleep 30 & p=$!; kill -STOP $p; kill -CONT $p; kill -TERM $p; wait $p; echo $?) 2>/dev/null
sh -c 'exit 300'; echo $?
