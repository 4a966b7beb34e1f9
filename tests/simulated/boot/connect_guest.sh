#!/bin/sh
# usage: connect_guest.sh WINDOWS_PID GUEST_PID ADDRESS
# Joins Windows (172.23.16.1) and the guest as WSL's NAT does. The guest also has a docker0, as many do.
set -e
# Of a guest that died a moment ago, the kernel may not have taken it away yet.
nsenter --net="/proc/$1/ns/net" ip link del wsl 2>/dev/null || :
nsenter --net="/proc/$1/ns/net" ip -batch - <<COMMANDS
link add wsl type veth peer name eth0 netns $2
addr add 172.23.16.1/20 dev wsl
link set wsl up
COMMANDS
nsenter --net="/proc/$2/ns/net" ip -batch - <<COMMANDS
addr add $3/20 dev eth0
link set eth0 up
route add default via 172.23.16.1
link add docker0 type veth peer name container
addr add 172.17.0.1/16 dev docker0
link set docker0 up
link set container up
COMMANDS
