#!/bin/sh
# usage: try_wsl.sh WSLFWD
# The demo's story in WSL2 on a real Windows, as root in a session that Windows runs as administrator: a server starts, is
# forwarded, and every part of the way to it is there; it ends, and so does its rule; wslfwd is ended, and is killed, and nothing
# is left. Each step says what it waits for. The first that fails ends it with status 1, and shows what wslfwd printed.
set -eu

wslfwd=$1
port=21399
folder=$(mktemp -d)
log=$folder/log
server='' program=''
windows=/mnt/c/Windows/System32
rules='HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules'

say() { printf '%s\n' "$1"; }

fail() {
  say "FAILED: $1"
  say 'wslfwd printed:'
  cat "$log"
  for pid in $server $program; do kill -9 "$pid" 2>/dev/null || :; done
  "$wslfwd" --clean-rules || say 'and the rules could not be removed'
  exit 1
}

# Whether a command succeeds within 60 s: wait_for WHAT COMMAND ARGUMENT...
wait_for() {
  what=$1 tries=0
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || fail "$what: not within 60 s"
    sleep 0.2
  done
  say "ok: $what"
}

printed() { grep -q "$1" "$log"; }
is_shown() { "$windows/netsh.exe" interface portproxy show v4tov4 </dev/null | grep -q " $port "; }
is_not_shown() { ! is_shown; }
# reg.exe ends with 1 where it finds nothing.
has_no_rule() { ! "$windows/reg.exe" query "$rules" /f "wslfwd-$port-" /d </dev/null; }

start_wslfwd() {
  : >"$log"
  "$wslfwd" --json --linger 0 >"$log" 2>&1 &
  program=$!
  wait_for 'wslfwd is ready' printed '"type":"ready"'
}

start_server() {
  perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die $!;
    while (my $peer = $socket->accept) { print $peer "HTTP/1.0 200 OK\r\n\r\nhello\n"; close $peer }' "$port" &
  server=$!
  wait_for 'the server is forwarded' printed "\"type\":\"forwarded\".*\"listenPort\":$port,"
}

"$wslfwd" --version
"$wslfwd" doctor || say 'doctor has complaints; going on'
start_wslfwd
start_server
wait_for 'netsh shows the entry' is_shown
"$wslfwd" why "$port" || fail 'why: the port cannot be reached'
kill "$server"
wait_for 'the rule goes with the server' printed "\"type\":\"removed\".*\"listenPort\":$port,"
wait_for 'netsh shows no entry' is_not_shown
kill -TERM "$program"
wait "$program" || fail "wslfwd ended with $?"
say 'ok: wslfwd ended with 0'

start_wslfwd
start_server
kill -9 "$program"
wait_for 'after kill -9 no entry is left' is_not_shown
wait_for 'after kill -9 no firewall rule is left' has_no_rule
kill "$server"
rm -rf "$folder"
say 'All of the story holds.'
