#!/bin/sh
# usage: connect_outside.sh LAN_PID OUTSIDE_PID
# Puts a peer from another subnet (10.9.9.9) behind the LAN peer, which routes for it.
set -e
nsenter --net="/proc/$1/ns/net" ip -batch - <<COMMANDS
link add outside type veth peer name eth0 netns $2
addr add 10.9.9.1/24 dev outside
link set outside up
COMMANDS
nsenter --net="/proc/$1/ns/net" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
nsenter --net="/proc/$2/ns/net" ip -batch - <<COMMANDS
addr add 10.9.9.9/24 dev eth0
link set lo up
link set eth0 up
route add default via 10.9.9.1
COMMANDS
