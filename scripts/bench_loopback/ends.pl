# The two ends of the bench of services on 127.0.0.1. `serve ADDRESS PORT`: answers each connection after its first bytes, and closes
# it. `ask ADDRESS PORT COUNT`: connects, asks and reads that often, and prints how long each took, in microseconds, a line each.
use strict;
use warnings;
use Socket qw(:all);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($what, $address, $port, $count) = @ARGV;
my $where = pack_sockaddr_in($port, inet_aton($address));
$| = 1;
if ($what eq 'serve') {
    socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($listener, $where) or die "bind: $!\n";
    listen($listener, 1024) or die "listen: $!\n";
    print "ready\n";
    while (accept(my $client, $listener)) {
        sysread($client, my $request, 4096);
        syswrite($client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        close $client;
    }
}
for (1 .. $count) {
    my $start = clock_gettime(CLOCK_MONOTONIC);
    socket(my $client, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($client, $where) or die "connect: $!\n";
    syswrite($client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    my $answer = '';
    1 while sysread($client, $answer, 4096, length $answer);
    die "no answer\n" unless $answer =~ /ok$/;
    printf "%d\n", (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e6;
}
