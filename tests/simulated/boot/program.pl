#!/usr/bin/perl
# Stands where the guest finds WSL's init (/init, and its links wslpath and wslinfo at /bin) or a Windows program
# (netsh.exe). Sends how it was called to the simulated Windows host, passes its input on, and prints and exits as the
# host says.
use strict;
# No `use Socket`, no `use warnings`: they would make a start of 3 ms one of 10 ms. Linux' numbers, in their place:
my ($AF_UNIX, $SOCK_STREAM) = (1, 1);

my $file = $0;
if ($file eq "/init") {
    # What the kernel tells the interpreter of a Windows program: its file, its argv[0], its arguments (read in WSL's source).
    ($file, undef, @ARGV) = @ARGV or exit 1;
    fail("$file: No such file or directory") unless -f $file;
}
my ($name) = $file =~ m{([^/]+)$};
# mount.drvfs SOURCE PLACE -o OPTIONS (read in WSL's source: drvfs.cpp, MountDrvfsEntry).
exec "/bin/sh", "/run/guest/mount_drive.sh", $ARGV[1], "rw" if $name eq "mount.drvfs" && $ARGV[0] eq "C:";
# Read in WSL's source: wslinfo asks process 1's, whatever session it runs in.
my $path = $name eq "wslpath" ? "/run/simulation/wslpath" : $name eq "wslinfo" ? "/run/WSL/1_interop" : interop_socket();
exit 1 unless defined $path;
socket(my $host, $AF_UNIX, $SOCK_STREAM, 0) or die "socket: $!\n";
if (!connect($host, pack("S Z108", $AF_UNIX, $path))) {
    fail(sprintf "<3>WSL (%d) ERROR: UtilConnectUnix:466: connect failed %d", $$, $! + 0);
}
my $stdin = -t STDIN ? "terminal" : -c STDIN ? "null" : -p STDIN ? "pipe" : -S STDIN ? "socket" : -f STDIN ? "file" : "none";
my $request = pack("(N/a*)*", $name, $$, readlink("/proc/self/cwd") // "", $stdin, $path, @ARGV);
syswrite($host, pack("N/a*", $request)) or exit 1;

# The input is passed on in pieces with their sizes; nothing, of the size 0, is its end.
my $is_read = $stdin eq "pipe" || $stdin eq "file";
pass_input("") unless $is_read;
my $buffer = "";
while (1) {
    if ($is_read) {
        my $ready = "";
        vec($ready, $_, 1) = 1 for fileno(STDIN), fileno($host);
        select($ready, undef, undef, undef);
        if (vec($ready, fileno(STDIN), 1)) {
            my $count = sysread(STDIN, my $piece, 65536) || 0;
            pass_input($count > 0 ? $piece : "");
            $is_read = $count > 0;
        }
        next unless vec($ready, fileno($host), 1);
    }
    sysread($host, $buffer, 65536, length $buffer) or exit 1;    # The host is gone.
    while (length $buffer >= 5 && length $buffer >= 5 + (my $size = unpack("x N", $buffer))) {
        my $kind = substr($buffer, 0, 1);
        my $data = substr($buffer, 5, $size);
        substr($buffer, 0, 5 + $size) = "";
        exit unpack("C", $data) if $kind eq "x";
        fail("$file: $data") if $kind eq "r";
        print_all($kind eq "o" ? \*STDOUT : \*STDERR, $data);
    }
}

sub pass_input {
    local $SIG{PIPE} = "IGNORE";
    syswrite($host, pack("N/a*", $_[0]));
}

sub fail {
    print STDERR "$_[0]\n";
    exit 1;
}

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
