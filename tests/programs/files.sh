mkdir -p a/b/c; echo hello > a/b/c/file; cat a/b/c/file
ln -s b/c a/link; cat a/link/file; readlink a/link
ln a/b/c/file hard; stat -c %h hard
echo more >> hard; wc -l < a/b/c/file
mv a/b/c/file a/moved; ls a a/b/c
rmdir a/b 2>&1; rm -r a/b; ls a
chmod 640 hard; stat -c '%a %F' hard
dd if=/dev/zero of=sparse bs=1 count=1 seek=100000 2>/dev/null; stat -c %s sparse
truncate -s 10 sparse; stat -c %s sparse
cp hard copy; cmp hard copy && echo same
find . -type f | sort
touch -d '2020-01-02 03:04:05' copy; stat -c %Y copy
cat nothing 2>&1; ls nothing 2>&1; cd nothing 2>&1 || echo no folder
umask 077; touch private; stat -c %a private
test -w hard && echo writable; test -d a && echo folder
tar cf t.tar a hard; tar tf t.tar | sort; gzip t.tar; gzip -dc t.tar.gz | tar tf - | wc -l
