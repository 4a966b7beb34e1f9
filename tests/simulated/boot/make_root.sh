#!/bin/sh
# usage: make_root.sh FOLDER PROGRAM ARGUMENT...
# Run in the guest's mount namespace: gives it a root of its own, with everything of the machine in it and WSL's init beside,
# and becomes the program. wslpath and wslinfo are links to /init, which goes by the name that it is called by. What a test
# puts into /usr/bin or takes away is the guest's alone.
set -e
folder=$1
shift
mkdir -p /run/root
mount -t tmpfs -o mode=755 tmpfs /run/root
cd /run/root
for path in /* /.[!.]*; do
  if [ -L "$path" ]; then
    cp -P "$path" .
  elif [ -d "$path" ]; then
    mkdir ".$path"
    # Not what is mounted in /run: this very root is.
    if [ "$path" = /run ]; then mount --bind /run run; else mount --rbind "$path" ".$path"; fi
  elif [ -f "$path" ] && [ "$path" != /init ]; then
    : >".$path"
    mount --bind "$path" ".$path"
  fi
done
cp "$folder/program.pl" init
chmod 755 init
mkdir .upper .work
ln -s /init .upper/wslpath
ln -s /init .upper/wslinfo
mount -t overlay -o lowerdir=/usr/bin,upperdir=/run/root/.upper,workdir=/run/root/.work overlay usr/bin
[ -L bin ] || mount --bind usr/bin bin
# pivot_root(2) describes this: no place for the old root is needed.
pivot_root . .
umount --lazy .
cd /
exec "$@"
