#!/bin/sh
# Run in the guest: makes of it a distro whose /bin is a folder beside /usr/bin (openSUSE Leap, SLES, old Debian). WSL puts
# wslpath and wslinfo at /bin (read in WSL's source: config.cpp).
set -e
mkdir /.bin /.bin_work /.split
ln -s /init /.bin/wslpath
ln -s /init /.bin/wslinfo
/usr/bin/mount -t overlay -o lowerdir=/usr/bin,upperdir=/.bin,workdir=/.bin_work overlay /.split
/usr/bin/rm /usr/bin/wslpath /usr/bin/wslinfo
/usr/bin/rm /bin
/usr/bin/mkdir /bin
/usr/bin/mount --move /.split /bin
