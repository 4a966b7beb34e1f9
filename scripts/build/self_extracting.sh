#!/bin/sh
# wslfwd @VERSION@ for @ARCHITECTURE@, self-extracting: this script, and behind it a tar.gz of the Deno runtime and the
# program, which are unpacked once and run from a cache: root's in /var/cache/wslfwd, a user's in ~/.cache/wslfwd or
# $XDG_CACHE_HOME/wslfwd. Nothing in there is run unless
#   - nobody but its owner (and root) can change any folder on the way to it: looked at on every start;
#   - both files are what was packed here: by SHA-256 when they are unpacked, and again whenever what the system knows
#     of them (inode, size, mode, owner, time of the last change in nanoseconds) is not what it was then. Nobody but the
#     owner can change a file there, nobody can set the time of the last change, and reading 95 MB would cost every start
#     0.3 s.
# What is damaged is made anew; what somebody else could have made is refused.

fail() {
  printf 'wslfwd: %s\n' "$1" >&2
  exit 1
}

# Programs are the system's; the caller's PATH may be anything.
callers_path=${PATH-}
PATH=/usr/sbin:/usr/bin:/sbin:/bin
unset TAR_OPTIONS GZIP
IFS='
'
set -f
case $0 in
  /*) self=$0 ;;
  *) self=$(pwd)/$0 ;;
esac

uid=$(id -u) || fail "Cannot find out who runs this: id does not work, looked for in $PATH"
base=/var/cache or_elsewhere=
if [ "$uid" != 0 ]; then
  or_elsewhere='; or set XDG_CACHE_HOME to another folder of yours'
  base=${XDG_CACHE_HOME-}
  if [ "${base#/}" = "$base" ]; then
    home=${HOME-}
    [ -n "$home" ] || home=$(getent passwd "$uid" | cut -d: -f6)
    [ -n "$home" ] || fail 'Cannot find a folder to unpack into: set HOME, or XDG_CACHE_HOME to a folder of yours'
    base=${home%/}/.cache
  fi
fi
cache=$base/wslfwd

# Finds the paths once the folder is there: without links in them, whatever leads to them.
find_folders() {
  real=$(CDPATH='' cd -P -- "$base" 2>/dev/null && pwd -P) || return 1
  base=${real%/}
  cache=$base/wslfwd folder=$base/wslfwd/@ID@
  levels=/ rest=$base
  while [ -n "$rest" ]; do
    levels=$levels$IFS$rest rest=${rest%/*}
  done
}

# One line for each path that is there: mode (hexadecimal), owner, inode, size, time of the last change.
look_at() {
  LC_ALL=C TZ=UTC0 stat -c '%f.%u.%i.%s.%z' -- "$@" 2>/dev/null
}

# Splits a line of look_at.
read_line() {
  mode=$((0x0${1%%.*})) owner=${1#*.}
  owner=${owner%%.*}
}

# Whether in the folder of that line nobody but root and me can replace what is mine. In a sticky one, such as /tmp, only
# the owner of a file can.
is_safe_level() {
  read_line "$1"
  { [ "$owner" = 0 ] || [ "$owner" = "$uid" ]; } && [ $((mode & 0170000)) = $((0040000)) ] &&
    { [ $((mode & 0022)) = 0 ] || [ $((mode & 01000)) != 0 ]; }
}

# Whether that line is of a folder, or of a file, that is mine and closed to everybody else.
is_my_folder() {
  read_line "$1"
  [ "$owner" = "$uid" ] && [ $((mode & 0170077)) = $((0040000)) ]
}
is_my_file() {
  read_line "$1"
  [ "$owner" = "$uid" ] && [ $((mode & 0170077)) = $((0100000)) ]
}

# Whether what was unpacked can be run as it is. One process, as every start takes it.
is_ready() {
  # shellcheck disable=SC2046,SC2086 # a path and a line of look_at for each line
  set -- $(look_at $levels "$cache" "$folder" "$folder/checked" "$folder/wslfwd" "$folder/wslfwd.js")
  for level in $levels; do
    is_safe_level "${1-}" || return 1
    shift
  done
  # Where something is missing, a line is.
  [ $# = 5 ] && is_my_folder "$1" && is_my_folder "$2" && is_my_file "$3" && is_my_file "$4" && is_my_file "$5" &&
    { read -r runtime && read -r program; } <"$folder/checked" && [ "$4" = "$runtime" ] && [ "$5" = "$program" ]
}

# Whether the files in a folder are what was packed.
is_whole() (
  cd -- "$1" && printf '%s\n' '@RUNTIME_SHA256@  wslfwd' '@PROGRAM_SHA256@  wslfwd.js' | sha256sum --check --status
) 2>/dev/null

# Writes down what is_ready compares; only once the content is on the disk, as after a loss of power there can be a file of
# the right size and time without it.
record() {
  sync -- "$1/wslfwd" "$1/wslfwd.js" && look_at "$1/wslfwd" "$1/wslfwd.js" >"$1/checked"
}

# Removes other versions, except those that run, and what starts that were killed left behind.
remove_others() {
  set +f
  running=$(ls -l /proc/[0-9]*/exe 2>/dev/null)
  for other in "$cache"/* "$cache"/.new.*; do
    # Its end alone: the way to it is another one for what runs in mounts of its own.
    case $running in *"/wslfwd/${other##*/}/wslfwd"*) continue ;; esac
    [ "$other" = "$folder" ] || rm -rf -- "$other" 2>/dev/null
  done
  set -f
}

fail_noexec() {
  fail "Cannot run programs from $cache: its file system is mounted noexec$or_elsewhere"
}

# Unpacks into a new folder, checks it, and gives it its name in one step.
unpack() {
  new=$(mktemp -d "$cache/.new.XXXXXXXXXX" 2>&1) || fail "Cannot make a folder in $cache: $new$or_elsewhere"
  trap 'rm -rf -- "$new"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  error=$({ tail -c '+@OFFSET@' -- "$self" | gzip -dc | tar -xf - -C "$new" --no-same-owner; } 2>&1)
  if ! is_whole "$new"; then
    found=$(stat -L -c %s -- "$self")
    [ "$found" = @SIZE@ ] || fail "Cannot unpack $self: it is not whole ($found of @SIZE@ bytes); get it again"
    # Where there is no number, df does not know the file system.
    free=$(df -Pm -- "$cache" 2>/dev/null | tail -n 1 | tr -s ' ' '\n' | sed -n '4s/^[0-9][0-9]*$/&/p')
    [ "${free:-@UNPACKED_MB@}" -ge @UNPACKED_MB@ ] ||
      fail "Cannot unpack into $cache: it takes @UNPACKED_MB@ MB, and $free MB are free there$or_elsewhere"
    error=$(printf '%s\n' "$error" | head -n 1)
    fail "Cannot unpack $self into $cache: ${error:-it is damaged; get it again}"
  fi
  error=$("$new/wslfwd" --version 2>&1) || {
    [ -x "$new/wslfwd" ] || fail_noexec
    fail "Cannot run the runtime on this system: $(printf '%s\n' "$error" | head -n 1)"
  }
  record "$new" || fail "Cannot write to $cache$or_elsewhere"
  error=$({ rm -rf -- "$folder" && mv -T -- "$new" "$folder"; } 2>&1) ||
    fail "Cannot replace $folder, which is not what it should be; remove it: $(printf '%s\n' "$error" | head -n 1)"
}

# Has everything ready, or says in one line why not. In a process of its own, and one at a time.
prepare() (
  umask 077
  for program in df flock gzip mktemp sha256sum stat sync tail tar; do
    command -v "$program" >/dev/null || fail "Cannot unpack without $program: install it (looked for in $PATH)"
  done
  [ "$(uname -m)" = @ARCHITECTURE@ ] || fail "Cannot run here: this is wslfwd for @ARCHITECTURE@, the machine is $(uname -m)"
  [ -e @LOADER@ ] || fail 'Cannot run here: this distro has no glibc (@LOADER@); take one that has, such as Debian'
  [ -r "$self" ] || fail "Cannot read $self"
  if [ ! -d "$base" ]; then
    error=$(mkdir -p -- "$base" 2>&1) || fail "Cannot make $base: $error$or_elsewhere"
    [ "$uid" != 0 ] || chmod 755 -- "$base"
  fi
  find_folders || fail "Cannot enter $base$or_elsewhere"
  for level in $levels; do
    is_safe_level "$(look_at "$level")" ||
      fail "Cannot unpack into $cache: others can change $level; mend that folder's owner or mode$or_elsewhere"
  done
  if [ ! -e "$cache" ] && [ ! -L "$cache" ]; then
    # Another start may make it in between.
    error=$(mkdir -- "$cache" 2>&1) || [ -d "$cache" ] || fail "Cannot make $cache: $error$or_elsewhere"
  fi
  is_my_folder "$(look_at "$cache")" ||
    fail "Cannot trust $cache: it is no folder of your own that is closed to others; see who made it, and remove it"
  exec 9<"$cache"
  flock 9
  ! is_ready || exit 0
  remove_others
  if is_my_folder "$(look_at "$folder")" && is_my_file "$(look_at "$folder/wslfwd")" &&
    is_my_file "$(look_at "$folder/wslfwd.js")" && is_whole "$folder"; then
    # Nothing but the system's notes differ: it was moved, as by wsl --import.
    rm -rf -- "$folder/checked"
    ! record "$folder" || exit 0
  fi
  unpack
)

if ! { find_folders && is_ready; }; then
  prepare || exit
  { find_folders && is_ready; } || fail "Cannot run from $cache: it changes while it is looked at"
fi
[ -x "$folder/wslfwd" ] || fail_noexec

# What is said to Deno is not said to wslfwd.
unset DENO_AUDIT_PERMISSIONS DENO_AUTO_SERVE DENO_COMPAT DENO_CONDITIONS DENO_COVERAGE_DIR DENO_KV_PATH_PREFIX DENO_LOG \
  DENO_TRACE_PERMISSIONS DENO_V8_FLAGS NODE_OPTIONS OTEL_DENO
# What a task of Windows starts at each logon is this file: the cache is emptied by the next version.
export WSLFWD_FILE="$self" PATH="$callers_path" DENO_DIR="$folder/state" DENO_NO_UPDATE_CHECK=1
unset IFS
exec "$folder/wslfwd" run @RUNTIME_FLAGS@ "$folder/wslfwd.js" "$@"
