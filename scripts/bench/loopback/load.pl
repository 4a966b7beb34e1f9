# The load of the bench of services on 127.0.0.1. Needs nothing but perl-base.
#
#   serve ADDRESS:PORT ...         a server for each; says `ready`, ends with stdin
#   ask ADDRESS PORT COUNT         connections with a request each: their microseconds, as JSON
#   push ADDRESS PORT MEGABYTES    one connection that sends: {"seconds":, "cpuSeconds":} of both ends, as JSON
#   probe ADDRESS PORT             connects until it is let in: when, in milliseconds since 1970
# A server answers a line that begins with `a` with 64 bytes; after `p BYTES` it takes so many, and tells the CPU time that took.
# Nobody ends only one direction: not every relay passes that on.
use strict;
use warnings;
use Socket qw(:all);
use Time::HiRes qw(time usleep clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

$| = 1;
my $BLOCK = 128 << 10;
my $ANSWER = 'x' x 63 . "\n";
my $PROBE_SECONDS = 20;

sub name_of { return pack_sockaddr_in($_[1], inet_aton($_[0]) // die "no address: $_[0]\n") }
sub cpu     { return clock_gettime(CLOCK_PROCESS_CPUTIME_ID) }

sub serve_one {
    my ($listener) = @_;
    while (accept(my $client, $listener)) {
        my ($asked, $taken) = ('', '');
        sysread($client, $asked, $BLOCK) or next;
        if ($asked =~ /^a/) { syswrite $client, $ANSWER; next }
        my $before = cpu();
        my ($line, $bytes) = $asked =~ /^(p (\d+)\n)/ or next;
        my $left = $bytes - (length($asked) - length $line);
        while ($left > 0) { $left -= sysread($client, $taken, $BLOCK) || last }
        syswrite $client, cpu() - $before;
    }
}

sub serve {
    my @children = map {
        my ($address, $port) = split /:/;
        socket(my $listener, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
        setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
        bind($listener, name_of($address, $port)) or die "bind: $!\n";
        listen($listener, 512) or die "listen: $!\n";
        my $pid = fork() // die "fork: $!\n";
        if (!$pid) { serve_one($listener); exit }
        $pid;
    } @_;
    print "ready\n";
    readline STDIN;
    kill 'KILL', @children;
}

sub connected {
    my ($name) = @_;
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    return connect($socket, $name) ? $socket : undef;
}

sub ask {
    my ($address, $port, $count) = @_;
    my ($name, $answer, @took) = (name_of($address, $port), '');
    for (1 .. $count) {
        my $start = clock_gettime(CLOCK_MONOTONIC);
        my $socket = connected($name) // die "connect: $!\n";
        syswrite $socket, "a\n";
        sysread($socket, $answer, $BLOCK) == length $ANSWER or die "a short answer\n";
        push @took, int((clock_gettime(CLOCK_MONOTONIC) - $start) * 1e6);
        close $socket;
    }
    print '[', join(',', @took), "]\n";
}

sub send_all {
    my ($address, $port, $megabytes) = @_;
    my ($left, $theirs) = (int($megabytes * 1e6 / $BLOCK) * $BLOCK, '');
    my $block = 'x' x $BLOCK;
    my $start = clock_gettime(CLOCK_MONOTONIC);
    my $before = cpu();
    my $socket = connected(name_of($address, $port)) // die "connect: $!\n";
    syswrite $socket, "p $left\n";
    while ($left > 0) { $left -= syswrite($socket, $block) // die "write: $!\n" }
    sysread($socket, $theirs, $BLOCK) or die "no answer\n";
    my $seconds = clock_gettime(CLOCK_MONOTONIC) - $start;
    printf qq({"seconds":%.6f,"cpuSeconds":%.6f}\n), $seconds, cpu() - $before + $theirs;
}

sub probe {
    my $name = name_of(@_);
    my $until = time() + $PROBE_SECONDS;
    while (!connected($name)) {
        die "nobody is let in\n" if time() > $until;
        usleep 100;
    }
    printf "%.3f\n", time() * 1000;
}

my ($mode, @words) = @ARGV;
({ serve => \&serve, ask => \&ask, push => \&send_all, probe => \&probe }->{ $mode // '' } // die "no such mode\n")->(@words);
