#!/bin/sh
# usage: connect_mirrored.sh WINDOWS_PID GUEST_PID
# Gives the guest Windows' own LAN address, as WSL's mirrored mode does. What comes in from the LAN goes through the Hyper-V
# switch, which the Windows process plays: it reaches the guest by loopback0. The guest also has a docker0, as many do.
set -e
# Of a guest that died a moment ago, the kernel may not have taken it away yet.
nsenter --net="/proc/$1/ns/net" ip link del wsl 2>/dev/null || :
nsenter --net="/proc/$1/ns/net" ip -batch - <<COMMANDS
link add wsl type veth peer name loopback0 netns $2
addr add 169.254.73.1/24 dev wsl
link set wsl up
COMMANDS
nsenter --net="/proc/$2/ns/net" ip -batch - <<COMMANDS
addr add 169.254.73.152/24 dev loopback0
link set loopback0 up
link add eth0 type veth peer name cable
addr add 192.168.50.1/24 dev eth0
link set eth0 up
link set cable up
route add default via 192.168.50.254
link add docker0 type veth peer name container
addr add 172.17.0.1/16 dev docker0
link set docker0 up
link set container up
COMMANDS
