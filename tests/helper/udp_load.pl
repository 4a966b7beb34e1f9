#!/usr/bin/perl
# What talks UDP through the helper, and what answers it. Quick enough to be measured by; prints one line of JSON.
#   udp_load.pl echo ADDRESS PORT                    answers everything to whoever sent it, until its input ends
#   udp_load.pl sessions HOST PORT CLIENTS ROUNDS    each client has one datagram under way; whose answer is whose?
#   udp_load.pl sizes HOST PORT SIZE...              one datagram of each size; which came back whole?
#   udp_load.pl ping HOST PORT SIZE COUNT GAP_US     how long each takes, in microseconds
#   udp_load.pl flood HOST PORT SIZE RATE SECONDS    so many a second; how many came back?
#   udp_load.pl sink ADDRESS PORT                    counts what comes until its input ends
use strict;
use warnings;
use IO::Poll qw(POLLIN);
use Socket;
use Time::HiRes qw(time usleep);

my ($mode, $host, $port, @numbers) = @ARGV;
my $peer = sockaddr_in($port, inet_aton($host));
$| = 1;

sub open_socket {
    my ($bound) = @_;
    socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
    setsockopt($socket, SOL_SOCKET, $_, pack("l", 8 << 20)) for 33, 32, SO_RCVBUF, SO_SNDBUF;    # SO_RCVBUFFORCE first
    if ($bound) { bind($socket, $peer) or die "bind: $!\n" }
    else { connect($socket, $peer) or die "connect: $!\n" }
    return $socket;
}

# Whether something comes within so many seconds.
sub comes { my ($socket, $seconds) = @_; vec(my $set = "", fileno($socket), 1) = 1; return select($set, undef, undef, $seconds) > 0 }

# Serves until the input ends.
sub serve {
    my ($each) = @_;
    my $socket = open_socket(1);
    print "ready\n";
    vec(my $both = "", fileno($socket), 1) = 1;
    vec($both, fileno(STDIN), 1) = 1;
    while (select(my $set = $both, undef, undef, undef) > 0) {
        last if vec($set, fileno(STDIN), 1) && !sysread(STDIN, my $input, 100);
        while (defined(my $from = recv($socket, my $data, 65536, MSG_DONTWAIT))) { $each->($socket, $data, $from) }
    }
}

if ($mode eq "echo") { serve(sub { send($_[0], $_[1], 0, $_[2]) }) }
elsif ($mode eq "sink") { my $count = 0; serve(sub { $count++ }); print qq({"received":$count}\n) }
elsif ($mode eq "sizes") {
    my @whole = grep {
        my $socket = open_socket(0);
        my $data = pack("N", $_) . ("x" x ($_ - 4));
        send($socket, $data, 0) or die "send: $!\n";
        my $back = "";
        comes($socket, 2) && defined(recv($socket, $back, 65536, 0)) && $back eq $data;
    } @numbers;
    print "[", join(",", @whole), "]\n";
} elsif ($mode eq "sessions") {
    my ($clients, $rounds) = @numbers;
    my $poll = IO::Poll->new;
    my (@sockets, %index, @left);
    my ($answered, $wrong, $quiet_since) = (0, 0, time);
    for my $i (0 .. $clients - 1) {
        push @sockets, open_socket(0);
        $index{fileno $sockets[$i]} = $i;
        $left[$i] = $rounds;
        $poll->mask($sockets[$i] => POLLIN);
    }
    for my $i (0 .. $clients - 1) { send($sockets[$i], pack("NN", $i, $left[$i]), 0); usleep(1000) if $i % 20 == 19 }
    while ($answered < $clients * $rounds && time - $quiet_since < 10) {
        $poll->poll(0.2);
        for my $socket ($poll->handles(POLLIN)) {
            my $i = $index{fileno $socket};
            defined(recv($socket, my $data, 65536, MSG_DONTWAIT)) or next;
            $wrong++ if $data ne pack("NN", $i, $left[$i]);
            $quiet_since = time;
            $answered++;
            send($socket, pack("NN", $i, $left[$i]), 0) if --$left[$i] > 0;
        }
    }
    print qq({"answered":$answered,"wrong":$wrong}\n);
} elsif ($mode eq "ping") {
    my ($size, $count, $gap) = @numbers;
    my $socket = open_socket(0);
    my @us;
    for my $i (1 .. $count) {
        my $data = pack("N", $i) . ("x" x ($size - 4));
        my $start = time;
        send($socket, $data, 0);
        my $back = "";
        while (comes($socket, 0.5) && defined(recv($socket, $back, 65536, 0))) {
            next if $back ne $data;
            push @us, (time - $start) * 1e6;
            last;
        }
        usleep($gap) if $gap;
    }
    @us = sort { $a <=> $b } @us;
    my $at = sub { sprintf "%.1f", @us ? $us[$#us * $_[0]] : -1 };
    printf qq({"answered":%d,"p50":%s,"p99":%s}\n), scalar @us, $at->(0.5), $at->(0.99);
} elsif ($mode eq "flood") {
    my ($size, $rate, $seconds) = @numbers;
    my $socket = open_socket(0);
    my ($sent, $back, $start, $data) = (0, 0, time, "x" x $size);
    my $take = sub { $back++ while defined(recv($socket, my $in, 65536, MSG_DONTWAIT)) };
    while ((my $passed = time - $start) < $seconds) {
        my $due = int($passed * $rate) - $sent;
        $due = 32 if $due > 32;
        for (1 .. $due) { $sent++ if defined send($socket, $data, 0) }
        $take->();
        usleep(50) if $due <= 0;
    }
    $take->() while comes($socket, 0.5);
    print qq({"sent":$sent,"back":$back}\n);
} else { die "usage: see the head of this file\n" }
