#!/usr/bin/perl
# Stands where the guest finds a Windows program (netsh.exe) or one of WSL's own (wslpath). Sends how it was called to
# the simulated Windows host, and prints and exits as the host says.
use strict;
# No `use Socket`, no `use warnings`: they would make a start of 3 ms one of 10 ms. Linux' numbers, in their place:
my ($AF_UNIX, $SOCK_STREAM) = (1, 1);

my ($name) = $0 =~ m{([^/]+)$};
my $path = $name eq "wslpath" ? "/run/simulation/wslpath" : interop_socket();
exit 1 unless defined $path;
socket(my $host, $AF_UNIX, $SOCK_STREAM, 0) or die "socket: $!\n";
if (!connect($host, pack("S Z108", $AF_UNIX, $path))) {
    printf STDERR "<3>WSL (%d) ERROR: UtilConnectUnix:466: connect failed %d\n", $$, $! + 0;
    exit 1;
}
my $stdin = -t STDIN ? "terminal" : -c STDIN ? "null" : -p STDIN ? "pipe" : -S STDIN ? "socket" : -f STDIN ? "file" : "none";
my $request = pack("(N/a*)*", $name, $$, readlink("/proc/self/cwd") // "", $stdin, $path, @ARGV);
syswrite($host, pack("N/a*", $request)) or exit 1;

# wslfwd's own helper is talked to while it runs. The end of our input is passed on as such.
my $takes_input = $name =~ /^helper-/;
my $buffer = "";
while (1) {
    if ($takes_input) {
        vec(my $set = "", 0, 1) = 1;
        vec($set, fileno($host), 1) = 1;
        select($set, undef, undef, undef);
        if (vec($set, 0, 1)) {
            if (sysread(STDIN, my $input, 65536)) { syswrite($host, $input) }
            else { shutdown($host, 1); $takes_input = 0 }
        }
        next unless vec($set, fileno($host), 1);
    }
    sysread($host, $buffer, 65536, length $buffer) or last;
    while (length $buffer >= 5 && length $buffer >= 5 + (my $size = unpack("x N", $buffer))) {
        my $kind = substr($buffer, 0, 1);
        my $data = substr($buffer, 5, $size);
        substr($buffer, 0, 5 + $size) = "";
        exit unpack("C", $data) if $kind eq "x";
        print_all($kind eq "o" ? \*STDOUT : \*STDERR, $data);
    }
}
exit 1;    # The host is gone.

# WSL's relay takes $WSL_INTEROP if it exists, else the sockets of the parents, else that of process 1. Simulated by
# default: only what the caller exported, so that a caller who forgets it is found out.
sub interop_socket {
    return $ENV{WSL_INTEROP} if defined $ENV{WSL_INTEROP} && -S $ENV{WSL_INTEROP};
    return undef unless -e "/run/simulation/interop_looks_further";
    for (my $pid = getppid(); $pid > 1; $pid = parent($pid)) {
        return "/run/WSL/${pid}_interop" if -S "/run/WSL/${pid}_interop";
    }
    return -S "/run/WSL/1_interop" ? "/run/WSL/1_interop" : undef;
}

sub parent {
    open(my $stat, "<", "/proc/$_[0]/stat") or return 0;
    return <$stat> =~ /.*\) \S (\d+)/ ? $1 : 0;
}

sub print_all {
    my ($stream, $data) = @_;
    while (length $data) {
        my $count = syswrite($stream, $data) or exit 1;
        substr($data, 0, $count) = "";
    }
}
