#!/bin/sh
# Prints what /proc/mounts holds in a WSL2 distro: the simulated C: drive, a tmpfs, as the 9p share that it stands for.
sed 's|^C:\\134 \([^ ]*\) tmpfs .*|C:\\134 \1 9p rw,noatime,aname=drvfs;path=C:\\134;uid=0;gid=0;symlinkroot=/mnt/,cache=5,access=client,msize=65536,trans=fd,rfd=4,wfd=4 0 0|' \
  /proc/self/mounts | grep -v '^C:.134 /mnt/c/'
