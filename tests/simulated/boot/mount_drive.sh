#!/bin/sh
# usage: mount_drive.sh PLACE rw|ro
# Run in the guest: puts the C: drive at a place that is there or below /run, or nowhere where PLACE is empty. `ro`: as
# for somebody who is not elevated, who cannot write in C:\Windows. Then writes what the guest sees as /proc/mounts.
set -e
while read -r source place _; do
  case $source$place in
    *Windows | *drive) ;;                        # Goes with the place that it is in; serves to mount from.
    'C:\134'*) umount --lazy "$place" ;;
  esac
done </proc/self/mounts
if [ -n "$1" ]; then
  mkdir -p "$1"
  mount --bind /run/guest/drive "$1"
  mount --bind "$1/Windows" "$1/Windows"
  mount -o "remount,bind,$2" "$1/Windows"
fi
# The simulated drive, a tmpfs, is shown as the 9p share that it stands for; what only serves the simulation, not at all.
options='rw,noatime,aname=drvfs;path=C:\\134;uid=0;gid=0;symlinkroot=/mnt/,cache=5,access=client,msize=65536,trans=fd,rfd=4,wfd=4'
sed -e '\| /run/guest/|d' -e '\|^C:\\134 .*/Windows |d' \
  -e "s|^C:\\\\134 \\([^ ]*\\) tmpfs .*|C:\\\\134 \\1 9p $options 0 0|" /proc/self/mounts >/run/guest/mounts
