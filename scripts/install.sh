#!/bin/sh
# usage: install.sh [--sha256 DIGITS] [--bpftrace yes|no|ask] [FILE|URL]
#        install.sh --uninstall [--keep-rules]
# Puts wslfwd into /usr/local/bin of a WSL2 distro, with its completions and its manual page. FILE is a built one, URL
# one of a release. Default: of the release that this script belongs to, else dist/wslfwd of its repository. Its SHA-256
# must be the named one, else what SHA256SUMS beside it says; only a file that was built here may come without.
# Without root it changes nothing and prints the command to use: what root runs has to lie where only root can write.
set -eu

# Where the files of this release are; filled in by scripts/release.ts.
release_url=

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

tell() {
  printf '%s\n' "$1"
}

usage() {
  fail "$1; usage: install.sh [--sha256 DIGITS] [--bpftrace yes|no|ask] [FILE|URL] | --uninstall [--keep-rules]"
}

# As sudo would: programs of the system only.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
bin=/usr/local/bin/wslfwd
share=/usr/local/share
bash_completion=$share/bash-completion/completions/wslfwd
zsh_completion=$share/zsh/site-functions/_wslfwd
fish_completion=$share/fish/vendor_completions.d/wslfwd.fish
manual=$share/man/man1/wslfwd.1
work=

check_system() {
  release=$(cat /proc/sys/kernel/osrelease)
  case $release in
    4.4.0-*-Microsoft) fail "This is WSL1, whose ports are Windows' own: it needs no wslfwd" ;;
    *[Mm]icrosoft*) ;;
    *) fail "This is not WSL2 (kernel $release): install wslfwd in a WSL2 distro" ;;
  esac
  machine=$(uname -m)
  case $machine in
    x86_64 | aarch64) ;;
    *) fail "There is no wslfwd for $machine, only for x86_64 and aarch64" ;;
  esac
}

# What root runs must not be replaceable by others.
check_place() {
  mkdir -p /usr/local/bin
  for folder in / /usr /usr/local /usr/local/bin; do
    # shellcheck disable=SC2012 # find and stat have no such short form everywhere
    case $(ls -ldnL "$folder" | tr -s ' ' | cut -d ' ' -f 1,3) in
      d????-??-?*' 0') ;;
      *) fail "Others than root can change $folder; mend it: chown root $folder; chmod go-w $folder" ;;
    esac
  done
}

# Brings the file to $work/wslfwd, where nobody else can change it between the check and the use, and its checksums.
fetch() {
  source=$1
  case $source in
    https://*)
      download "$source" "$work/wslfwd"
      [ -n "$sha256" ] || download "${source%/*}/SHA256SUMS" "$work/SHA256SUMS"
      ;;
    *://*) fail "Cannot take $source: only https:// and files" ;;
    *)
      [ -f "$source" ] || fail "There is no file $source: make it by deno task build, or name another"
      cp -- "$source" "$work/wslfwd"
      sums=$(dirname -- "$source")/SHA256SUMS
      [ ! -f "$sums" ] || cp -- "$sums" "$work/SHA256SUMS"
      ;;
  esac
}

download() {
  tell "Fetching $1"
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --proto '=https' --output "$2" -- "$1" || fail "Cannot fetch $1"
  elif command -v wget >/dev/null; then
    wget --quiet --https-only --output-document="$2" -- "$1" || fail "Cannot fetch $1"
  else
    fail "Cannot fetch $1 without curl or wget: install one, or name a file"
  fi
}

verify() {
  name=${1##*/}
  found=$(sha256sum <"$work/wslfwd" | cut -d ' ' -f 1)
  if [ -z "$sha256" ] && [ -f "$work/SHA256SUMS" ]; then
    sha256=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1; exit }' "$work/SHA256SUMS")
    [ -n "$sha256" ] || fail "Cannot verify $1: SHA256SUMS beside it does not name it"
  fi
  if [ -z "$sha256" ]; then
    tell "SHA-256 $found (not compared: there is no SHA256SUMS beside $1)"
  elif [ "$found" = "$sha256" ]; then
    tell "SHA-256 $found, as it should be"
  else
    fail "Cannot trust $1: its SHA-256 is $found and should be $sha256; get it again"
  fi
}

# A file of its output, or none where it fails.
write_output() {
  path=$1
  shift
  mkdir -p -- "${path%/*}"
  "$@" >"$work/output" || fail "Cannot make $path: $* failed"
  cp -- "$work/output" "$path"
  chmod 644 "$path"
}

install_wslfwd() {
  check_place
  umask 022
  work=$(mktemp -d /usr/local/bin/.wslfwd.XXXXXXXXXX)
  trap 'rm -rf -- "$work"' EXIT
  fetch "$1"
  verify "$1"
  chmod 755 "$work/wslfwd"
  # It has to run here before it takes the place of one that does.
  version=$("$work/wslfwd" --version) || fail "Cannot use $1: it does not run on this system"
  mv -f -- "$work/wslfwd" "$bin"
  tell "Installed $bin: $version"
  write_output "$bash_completion" "$bin" completions bash
  write_output "$zsh_completion" "$bin" completions zsh
  write_output "$fish_completion" "$bin" completions fish
  write_output "$manual" "$bin" man
  tell 'Installed its manual page, and completions for bash, zsh and fish (they work in the next shell)'
}

offer_bpftrace() {
  ! command -v bpftrace >/dev/null || return 0
  if command -v apt-get >/dev/null; then set -- apt-get install -y bpftrace
  elif command -v dnf >/dev/null; then set -- dnf install -y bpftrace
  elif command -v pacman >/dev/null; then set -- pacman -S --noconfirm bpftrace
  elif command -v zypper >/dev/null; then set -- zypper --non-interactive install bpftrace
  elif command -v apk >/dev/null; then set -- apk add bpftrace
  else
    tell 'bpftrace, which --realtime can use, is not installed, and this distro has no package manager known here'
    return 0
  fi
  answer=$bpftrace
  if [ "$answer" = ask ] && [ -t 0 ]; then
    printf 'bpftrace, which --realtime can use, is not installed. Run "%s"? [y/N] ' "$*"
    read -r reply || reply=
    case $reply in [yY]*) answer=yes ;; esac
  fi
  if [ "$answer" = yes ]; then
    "$@" || tell "bpftrace was not installed: $* failed"
  else
    tell "bpftrace, which --realtime can use, is not installed: sudo $*"
  fi
}

uninstall_wslfwd() {
  if [ "$keep_rules" = no ] && [ -x "$bin" ]; then
    # The tasks of Windows would start what is not there any more at each logon.
    "$bin" autostart disable ||
      fail 'Nothing was removed: wslfwd autostart disable failed, see above; mend that, or leave task and rules by --keep-rules'
    "$bin" --clean-rules ||
      fail 'Nothing was removed: wslfwd --clean-rules failed, see above; mend that, or leave its rules by --keep-rules'
  fi
  if [ "$keep_rules" = yes ]; then
    tell 'Kept: the rules, and the tasks of Windows that start wslfwd at logon, if there are any (wslfwd-... in taskschd.msc)'
  fi
  rm -f -- "$bin" "$bash_completion" "$zsh_completion" "$fish_completion" "$manual"
  # What a self-extracting wslfwd unpacked.
  rm -rf -- /var/cache/wslfwd
  tell "Removed $bin, its completions, its manual page and /var/cache/wslfwd"
}

# Quotes its arguments for a shell.
quote() {
  for word in "$@"; do
    printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
  done
}

# Everything happens in here: a script that was fetched in part does nothing.
main() {
  task=install sha256='' bpftrace=ask keep_rules=no file=''
  command="sudo sh$(quote "$0" "$@")"
  while [ $# -gt 0 ]; do
    case $1 in
      --uninstall) task=uninstall ;;
      --keep-rules) keep_rules=yes ;;
      --sha256)
        sha256=$(printf %s "${2-}" | tr A-F a-f)
        case $sha256 in *[!0-9a-f]*) usage '--sha256 takes 64 digits' ;; esac
        [ ${#sha256} = 64 ] || usage '--sha256 takes 64 digits'
        shift
        ;;
      --bpftrace)
        case ${2-} in yes | no | ask) bpftrace=$2 ;; *) usage '--bpftrace takes yes, no or ask' ;; esac
        shift
        ;;
      -*) usage "There is no option $1" ;;
      *)
        [ -z "$file" ] || usage 'One file at a time'
        file=$1
        ;;
    esac
    shift
  done
  [ "$task" = uninstall ] || check_system
  if [ "$(id -u)" != 0 ]; then
    [ -f "$0" ] || command='sudo sh -s, in the place of sh'
    fail "This needs root, and nothing was changed; use: $command"
  fi
  if [ "$task" = uninstall ]; then
    uninstall_wslfwd
    return
  fi
  if [ -z "$file" ] && [ -n "$release_url" ]; then
    file=$release_url/wslfwd-$machine
  fi
  [ -n "$file" ] || file=$(dirname -- "$0")/../dist/wslfwd
  install_wslfwd "$file"
  offer_bpftrace
  tell 'Next, in a terminal that Windows runs as administrator: sudo wslfwd --realtime'
}

main "$@"
