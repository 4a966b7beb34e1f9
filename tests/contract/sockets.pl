# Opens sockets on command, for tests: one command per line on stdin, one answer per line on stdout
# (`ok key=value ...` or `error text`). Ends when stdin does. Needs nothing but perl-base.
#
#   listen ID FAMILY ADDRESS PORT [v6only|dual|reuseport|reuseaddr|mptcp|nobind|backlog=N ...]   ok inode= port= address=
#   bind ID FAMILY ADDRESS PORT [...]     the same without listening (that is `again`)           ok inode= port= address=
#   many COUNT ADDRESS            that many listeners on ports of the kernel's choice            ok
#   again ID BACKLOG | shutdown ID | close ID | reopen ID (listen after shutdown)                ok
#   ports                         of the listeners of `many`, by commas                          ok ports=
#   connect ID COUNT              connections to the listener, accepted and kept                 ok
#   churn ID COUNT                connections made, accepted and closed one by one               ok
#   reach FROM ADDRESS PORT       a connection to elsewhere, closed at once                      ok result=open|refused|...
#   load FROM ADDRESS PORT        from now on a child connects, reads, and connects again          ok pid=
#   loaded                        ends it: how many got which letter, or were refused            ok R= W= none= refused=
#   take ID                       the next connection of a listener, if one waits                ok from= at= | ok from=none
#   storm COUNT                   opens and closes that many listeners as fast as it can         ok
#   name HEX                      the name of this process, as bytes                             ok
#   fork ID | leave               a child that holds the listener too | only the child stays     ok pid=
#   pass ID                       to a child over a unix socket, and close it here               ok pid=
#   uid N                         setuid                                                         ok
# The address `home` is a loopback address that no other of these processes uses: who cannot tell network namespaces
# apart sees 127.0.0.1 with the same port in a test beside this one.
use strict;
use warnings;
use Socket qw(:all);
use POSIX ();

$| = 1;
$SIG{CHLD} = 'IGNORE';
my (%sockets, @kept, $loader, $counts);
my $IPPROTO_MPTCP = 262;
my $is_arm = (POSIX::uname())[4] eq 'aarch64';    # its system calls have other numbers

sub prctl {
    my ($option, $value) = @_;
    syscall($is_arm ? 167 : 157, $option, $value) == 0 or die "prctl: $!\n";
}

my $home = sprintf '127.%d.%d.%d', 1 + ($$ >> 16), $$ >> 8 & 255, $$ & 255;

sub address {
    my ($family, $text, $port) = @_;
    my $packed = inet_pton($family, $text =~ s/home/$home/r) // die "no address: $text\n";
    return $family == AF_INET ? pack_sockaddr_in($port, $packed) : pack_sockaddr_in6($port, $packed);
}

sub name_of {
    my $name = getsockname($_[0]);
    return sockaddr_family($name) == AF_INET ? unpack_sockaddr_in($name) : unpack_sockaddr_in6($name);
}

sub describe {
    my ($socket) = @_;
    my ($port, $packed) = name_of($socket);
    my $address = inet_ntop(length $packed == 4 ? AF_INET : AF_INET6, $packed);
    return 'inode=' . (stat $socket)[1] . " port=$port address=$address";
}

sub bound {
    my ($family, $text, $port, @options) = @_;
    my %option = map { /^(\w+)=?(.*)$/ ? ($1 => $2) : () } @options;
    my $domain = $family == 4 ? AF_INET : AF_INET6;
    socket(my $socket, $domain, SOCK_STREAM, exists $option{mptcp} ? $IPPROTO_MPTCP : IPPROTO_TCP) or die "socket: $!\n";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) if exists $option{reuseaddr};
    setsockopt($socket, SOL_SOCKET, SO_REUSEPORT, 1) if exists $option{reuseport};
    setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) if exists $option{v6only};
    setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 0) if exists $option{dual};
    bind($socket, address($domain, $text, $port)) or die "bind: $!\n" unless exists $option{nobind};
    return ($socket, $option{backlog} // 128);
}

sub listener {
    my ($socket, $backlog) = bound(@_);
    listen($socket, $backlog) or die "listen: $!\n";
    return $socket;
}

sub connection {
    my ($listener) = @_;
    my $name = getsockname($listener);
    socket(my $client, sockaddr_family($name), SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
    # To an address of zeros it goes to this machine.
    connect($client, $name) or die "connect: $!\n";
    accept(my $accepted, $listener) or die "accept: $!\n";
    return ($client, $accepted);
}

# A child that keeps what it has until this process ends (PR_SET_PDEATHSIG). STDIN stays the parent's alone.
sub child {
    my ($prepare) = @_;
    pipe(my $done, my $tell) or die "pipe: $!\n";
    my $pid = fork() // die "fork: $!\n";
    if ($pid) {
        close $tell;
        readline $done;
        return $pid;
    }
    prctl(1, 9);
    close $done;
    close STDIN;
    close STDOUT;
    $prepare->();
    close $tell;
    sleep 3600 while 1;
}

# sendmsg(2) and recvmsg(2) with SCM_RIGHTS: struct msghdr, iovec and cmsghdr of 64-bit Linux.
sub message {
    my ($data, $control) = @_;
    my $vector = pack('P Q', $$data, length $$data);
    my $header = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $$control, length $$control, 0);
    return ($header, $vector);
}

sub pass {
    my ($socket) = @_;
    socketpair(my $ours, my $theirs, AF_UNIX, SOCK_DGRAM, 0) or die "socketpair: $!\n";
    my ($send, $receive) = $is_arm ? (211, 212) : (46, 47);
    my ($data, $control) = ('x', pack('Q l l l x4', 20, 1, 1, fileno $socket));
    my ($header, $vector) = message(\$data, \$control);
    syscall($send, fileno $ours, $header, 0) == 1 or die "sendmsg: $!\n";
    close $socket;
    return child(sub {
        my ($room, $space) = ("\0" x 16, "\0" x 24);
        my ($header, $vector) = message(\$room, \$space);
        syscall($receive, fileno $theirs, $header, 0) == 1 or die "recvmsg: $!\n";
    });
}

my %commands = (
    listen => sub {
        my ($id, @what) = @_;
        my $socket = $sockets{$id} = listener(@what);
        return describe($socket);
    },
    bind => sub {
        my ($id, @what) = @_;
        ($sockets{$id}) = bound(@what);
        return describe($sockets{$id});
    },
    many => sub { my ($count, $text) = @_; push @kept, map { listener(4, $text, 0) } 1 .. $count; return '' },
    ports => sub { return 'ports=' . join ',', map { (name_of($_))[0] } @kept },
    again => sub { listen($sockets{$_[0]}, $_[1]) or die "listen: $!\n"; return '' },
    shutdown => sub { shutdown($sockets{$_[0]}, 2) or die "shutdown: $!\n"; return '' },
    reopen => sub { listen($sockets{$_[0]}, 128) or die "listen: $!\n"; return 'port=' . (name_of($sockets{$_[0]}))[0] },
    close => sub { close delete $sockets{$_[0]}; return '' },
    connect => sub { my ($id, $count) = @_; push @kept, connection($sockets{$id}) for 1 .. $count; return '' },
    churn => sub { my ($id, $count) = @_; connection($sockets{$id}) for 1 .. $count; return '' },
    reach => sub {
        my ($from, $to, $port) = @_;
        my $domain = $to =~ /:/ ? AF_INET6 : AF_INET;
        socket(my $client, $domain, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
        bind($client, address($domain, $from, 0)) or die "bind: $!\n";
        # TCP_USER_TIMEOUT: whoever answers nothing is given up after a second.
        setsockopt($client, IPPROTO_TCP, 18, pack('L', 1000));
        return 'result=open' if connect($client, address($domain, $to, $port));
        return 'result=' . ($!{ECONNREFUSED} ? 'refused' : $! =~ s/ /-/gr);
    },
    load => sub {
        my ($from, $to, $port) = @_;
        pipe($counts, my $tell) or die "pipe: $!\n";
        my $pid = $loader = fork() // die "fork: $!\n";
        return "pid=$pid" if $pid;
        my %count = (R => 0, W => 0, none => 0, refused => 0);
        my $is_over = 0;
        local $SIG{TERM} = sub { $is_over = 1 };
        prctl(1, 9);
        until ($is_over) {
            socket(my $client, AF_INET, SOCK_STREAM, IPPROTO_TCP) or next;
            setsockopt($client, SOL_SOCKET, SO_REUSEADDR, 1);
            bind($client, address(AF_INET, $from, 0)) or next;
            if (!connect($client, address(AF_INET, $to, $port))) { $count{refused}++; next }
            my $letter = '';
            sysread($client, $letter, 1);
            $count{$letter || 'none'}++;
        }
        print $tell join(' ', map { "$_=$count{$_}" } sort keys %count), "\n";
        close $tell;
        POSIX::_exit(0);
    },
    loaded => sub {
        kill 'TERM', $loader;
        my $line = readline($counts) // '';
        chomp $line;
        return $line;
    },
    take => sub {
        my $listener = $sockets{$_[0]};
        my $ready = '';
        vec($ready, fileno $listener, 1) = 1;
        select($ready, undef, undef, 0) or return 'from=none';
        accept(my $accepted, $listener) or die "accept: $!\n";
        my ($port, $peer) = unpack_sockaddr_in(getpeername($accepted));
        return 'from=' . inet_ntoa($peer) . ' at=' . inet_ntoa((unpack_sockaddr_in(getsockname($accepted)))[1]);
    },
    storm => sub { for (1 .. $_[0]) { my $socket = listener(4, 'home', 0); close $socket } return '' },
    name => sub {
        my $name = pack('H*', $_[0] // '') . "\0";
        prctl(15, $name);
        return '';
    },
    fork => sub { return 'pid=' . child(sub { }) },
    # The child reads commands from now on; this process, whose name and pid they were, is gone.
    leave => sub {
        my $parent = $$;
        my $pid = fork() // die "fork: $!\n";
        POSIX::_exit(0) if $pid;
        select undef, undef, undef, 0.001 while POSIX::getppid() == $parent;
        return "pid=$$";
    },
    pass => sub { my $socket = delete $sockets{$_[0]}; return 'pid=' . pass($socket) },
    uid => sub { POSIX::setuid($_[0]) or die "setuid: $!\n"; return '' },
);

print "ok pid=$$\n";
while (defined(my $line = readline STDIN)) {
    my ($command, @words) = split ' ', $line;
    my $answer = eval { ($commands{$command} // die "no such command: $command\n")->(@words) };
    my $error = $@;
    chomp $error;
    print defined $answer ? "ok $answer\n" : "error $error\n";
}
