for i in 1 2 3 4 5 6 7 8 9 10; do (exit $i) & done; wait; echo all gone
f() { [ $1 -eq 0 ] && echo deep || ( f $(($1 - 1)) ); }; f 12
cat > script <<'end'
#!/bin/sh
echo "$0 got $# arguments: $*"
exit 9
end
chmod +x script; ./script a 'b c'; echo $?
printf '#!/bin/cat\nshown as it is\n' > shown; chmod +x shown; ./shown
echo 'echo no first line, still a script' > plain; chmod +x plain; ./plain
printf '\177ELF garbage' > broken; chmod +x broken; ./broken 2>/dev/null; echo $?
./nothing 2>/dev/null; echo $?
env -i A=1 B=2 env | sort
echo $((0x7fffffffffffffff + 0)) $((7 / 2)) $((-7 % 3))
xargs -n 2 echo < /etc/nothing 2>/dev/null; seq 1 5 | xargs -n 2 echo
(cd / && pwd); pwd | grep -c /
