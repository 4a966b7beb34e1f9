#!/usr/bin/perl
# usage: mount_over_link.pl FILE LINK
# Binds a file over a symbolic link itself. mount(8) follows links, and /proc/mounts is one.
use strict;
use warnings;

my ($file, $link) = @ARGV;
# open_tree(2) and move_mount(2): the same numbers on every architecture. Linux 5.2.
my ($OPEN_TREE, $MOVE_MOUNT, $AT_FDCWD, $OPEN_TREE_CLONE, $MOVE_MOUNT_F_EMPTY_PATH) = (428, 429, -100, 1, 4);
my $empty = "";
my $tree = syscall($OPEN_TREE, $AT_FDCWD, $file, $OPEN_TREE_CLONE);
die "Cannot clone the mount of $file: $!\n" if $tree < 0;
die "Cannot mount $file over $link: $!\n"
    if syscall($MOVE_MOUNT, $tree, $empty, $AT_FDCWD, $link, $MOVE_MOUNT_F_EMPTY_PATH) < 0;
