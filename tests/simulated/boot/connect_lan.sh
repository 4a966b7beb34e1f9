#!/bin/sh
# usage: connect_lan.sh WINDOWS_PID LAN_PID
# Joins Windows (192.168.50.1, fd00:50::1) and a LAN peer (192.168.50.20, fd00:50::20). The peer is also the way to 10.9.9.0/24.
set -e
nsenter --net="/proc/$1/ns/net" ip -batch - <<COMMANDS
link add lan type veth peer name eth0 netns $2
addr add 192.168.50.1/24 dev lan
addr add fd00:50::1/64 dev lan nodad
link set lan up
route add 10.9.9.0/24 via 192.168.50.20
COMMANDS
nsenter --net="/proc/$2/ns/net" ip -batch - <<COMMANDS
addr add 192.168.50.20/24 dev eth0
addr add fd00:50::20/64 dev eth0 nodad
link set lo up
link set eth0 up
COMMANDS
