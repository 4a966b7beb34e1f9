#!/bin/sh
# usage: guest.sh FOLDER REPOSITORY DENO DENO_DIR PROGRAM ARGUMENT...
# Started as process 1 of fresh mount, network and PID namespaces, with a mount namespace copied from Windows'. Makes it
# look like a WSL2 distro, says "booted", runs the program and ends with it, which ends everything else in the guest.
set -e
[ -d /.upper ] || exec sh "$1/make_root.sh" "$1" /bin/sh "$0" "$@"
folder=$1 repository=$2 deno=$3 deno_dir=$4
shift 4
ip link set lo up
# Else the first address of eth0, when it is taken away, takes a second one with it.
echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries

mkdir -p /run/guest
mount -t tmpfs -o mode=755 tmpfs /run/guest
cd /run/guest

# What an unprivileged user of the guest needs to run wslfwd from source, by a path that does not pass a home folder.
mkdir repository deno_dir
mkdir -m 1777 cache
touch deno
mount --bind "$repository" repository
mount --bind "$deno" deno
mount --bind "$deno_dir" deno_dir

echo 6.6.87.2-microsoft-standard-WSL2 >kernel_release
mount --bind kernel_release /proc/sys/kernel/osrelease

# Hyper-V's driver for eth0, and none for the rest.
mount -t tmpfs -o mode=755 tmpfs /sys/class/net
mkdir -p /sys/class/net/lo /sys/class/net/docker0 /sys/class/net/eth0/device
ln -s ../../../../bus/vmbus/drivers/hv_netvsc /sys/class/net/eth0/device/driver

# From here the drive is mounted where it should be. What a copied mount is called stays: the tmpfs `C:\`.
mkdir drive
mount --bind /mnt/c drive
umount /mnt/c
touch mounts
cp "$folder/mount_drive.sh" .
sh "$folder/mount_drive.sh" /mnt/c rw
perl "$folder/mount_over_link.pl" /run/guest/mounts /proc/mounts

echo '{"booted":true}'
# Not exec: process 1 has to take in orphans. The input is passed on by hand, as a shell gives its background
# programs none.
exec 3<&0
"$@" <&3 3<&- &
wait $!
