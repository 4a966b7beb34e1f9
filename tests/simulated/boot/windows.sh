#!/bin/sh
# Started in fresh mount and network namespaces: makes a C: drive that only they can see, says "booted" and becomes
# the program in its arguments. The guest's mount namespace is later copied from this one, so that both sides share
# the drive (/mnt/c) and the interop sockets (/run/WSL), while the real machine's files stay as they are.
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/WSL /run/simulation
chmod 777 /run/WSL
if [ ! -d /mnt/c ]; then
  # The real machine has no /mnt/c to mount on: put a folder that has one over /mnt, with the old content in it.
  mkdir /run/simulation/mnt
  mount --rbind /mnt /run/simulation/mnt
  mount -t tmpfs -o mode=755 tmpfs /mnt
  for old in /run/simulation/mnt/*/; do
    [ -d "$old" ] || continue
    mkdir "/mnt/${old#/run/simulation/mnt/}"
    mount --rbind "$old" "/mnt/${old#/run/simulation/mnt/}"
  done
  mkdir /mnt/c
fi
# drvfs without metadata shows every file with mode 777: what Windows allows is not in the mode.
mount -t tmpfs -o mode=777 'C:\' /mnt/c
mkdir -p /mnt/c/Windows/System32
chmod 777 /mnt/c/Windows /mnt/c/Windows/System32
ip link set lo up
# On Windows, a socket at :: is one of IPv6 alone, and IP Helper has one for each table.
echo 1 >/proc/sys/net/ipv6/bindv6only
echo '{"booted":true}'
exec "$@"
