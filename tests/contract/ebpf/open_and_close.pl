# Opens and closes a listener over and over, as fast as it can: NAME FAMILY ADDRESS PORT COUNT. The name is what the
# kernel calls this process from then on.
use strict;
use warnings;
use Errno ();
use Socket qw(:all);
use POSIX ();

my ($name, $family, $address, $port, $count) = @ARGV;
my $prctl = (POSIX::uname())[4] eq 'aarch64' ? 167 : 157;
syscall($prctl, 15, my $text = "$name\0") == 0 or die "prctl: $!\n";
my $domain = $family == 4 ? AF_INET : AF_INET6;
my $packed = inet_pton($domain, $address) // die "no address: $address\n";
my $where = $family == 4 ? pack_sockaddr_in($port, $packed) : pack_sockaddr_in6($port, $packed);
for (1 .. $count) {
    socket(my $socket, $domain, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die "setsockopt: $!\n";
    # Whoever reads /proc/PID/fd at this moment, as any wslfwd in a test beside this one does, holds the last socket a little
    # longer than we do.
    my $tries = 0;
    until (bind($socket, $where)) { $!{EADDRINUSE} && $tries++ < 10_000 or die "bind: $!\n" }
    listen($socket, 1) or die "listen: $!\n";
    close $socket;
}
