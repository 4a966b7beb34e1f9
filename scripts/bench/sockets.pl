#!/usr/bin/perl
# Opens and closes TCP sockets for the bench, faster than a program in Deno could.
#
#   hold COUNT PORT            listens on COUNT ports from PORT on, says "listening", stays
#   crowd COUNT CONNECTIONS    the same on any ports, with so many connections over loopback (two sockets each)
#   storm COUNT PORT           opens and closes COUNT listeners, one after the other, on 1,000 ports from PORT on; says how
#                              many seconds that took
#   cycles COUNT PORT SECONDS  the same with a pause after each open and each close; says "done N" ten times
use strict;
use warnings;
use Socket;
use Time::HiRes qw(sleep time);

my ($mode, $count, $port, $pause) = @ARGV;
$| = 1;

sub listener {
    my ($address, $number) = @_;
    socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    bind($socket, sockaddr_in($number, inet_aton($address))) or die "bind $number: $!\n";
    listen($socket, 128) or die "listen $number: $!\n";
    return $socket;
}

sub connection {
    my ($listener) = @_;
    socket(my $near, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($near, getsockname($listener)) or die "connect: $!\n";
    accept(my $far, $listener) or die "accept: $!\n";
    return ($near, $far);
}

if ($mode eq "hold") {
    my @kept = map { listener("0.0.0.0", $port + $_) } 0 .. $count - 1;
    print "listening\n";
    sleep 3600;
} elsif ($mode eq "crowd") {
    my @kept = map { listener("127.0.0.1", 0) } 1 .. $count;
    # Each process may hold some thousand descriptors only. The children live as long as the pipe's other end, which is ours.
    pipe(my $end, my $held) or die "pipe: $!\n";
    for (my $left = $port; $left > 0; $left -= 4000) {
        pipe(my $ready, my $tell) or die "pipe: $!\n";
        if (!fork) {
            close $held;
            push @kept, connection($kept[0]) for 1 .. ($left < 4000 ? $left : 4000);
            close $tell;
            exit !defined <$end>;
        }
        close $tell;
        <$ready>;
    }
    print "listening\n";
    sleep 3600;
} elsif ($mode eq "storm") {
    my $start = time;
    close listener("0.0.0.0", $port + $_ % 1000) for 1 .. $count;
    printf "%.3f\n", time - $start;
} elsif ($mode eq "cycles") {
    for my $number (1 .. $count) {
        my $socket = listener("0.0.0.0", $port + $number % 1000);
        sleep $pause;
        close $socket;
        sleep $pause;
        print "done $number\n" if $number % ($count / 10) == 0;
    }
}
