# What bash has and a plain shell has not.
words=(one two 'three four'); echo ${#words[@]} "${words[2]}" ${!words[@]}
words+=(five); echo "${words[@]:1:2}"
declare -A age=([ann]=3 [bob]=4); for name in ann bob; do echo $name ${age[$name]}; done
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}
text='Hello, World'; echo ${text^^} ${text,,} ${text//o/0} ${text:7:5} ${#text}
cat <<<"a here string"
echo {a,b}{1..3}
read -r -d : first <<<'up to: here'; echo "$first"
printf '%q %05d %x\n' 'a b' 42 255
coproc cat; echo through a coprocess >&${COPROC[1]}; read -r line <&${COPROC[0]}; echo $line
kill $COPROC_PID; wait $COPROC_PID 2>/dev/null; echo $?
false | true | (exit 3); echo ${PIPESTATUS[@]}
set -o pipefail; false | true; echo $?
f() { local x=$1; (( x <= 1 )) && { echo 1; return; }; echo $(( x * $(f $(( x - 1 ))) )); }; f 5
trap 'echo caught USR1' USR1; kill -USR1 $$; trap - USR1
( sleep 100 & echo started; kill %1; wait %1 2>/dev/null; echo $? )
exec {fd}>file; echo to a descriptor >&$fd; exec {fd}>&-; cat file
for ((i = 0; i < 3; i++)); do printf '%d ' $i; done; echo
shopt -s nullglob; echo *.nothing end
echo $(< file)

echo "process substitution"
cat <(echo one)
diff <(printf 'a\nb\n') <(printf 'a\nc\n') | grep '^[-+][a-z]'
echo three > >(cat)
wait $!
