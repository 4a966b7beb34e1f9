#!/bin/sh
# usage: as_sudo.sh FOLDER EXECUTABLE ARGUMENT...
# Runs a program as sudo does on a machine that has neither Deno nor Node: in an empty folder, with a new environment
# (env_reset and secure_path of sudoers(5)), which is without WSL_INTEROP. Started as root.
set -e
folder=$1
shift
if [ "${WSLFWD_HIDDEN-}" != yes ]; then
  # In mounts of its own; what is mounted in the guest later shows here too.
  exec unshare --mount --propagation slave env WSLFWD_HIDDEN=yes /bin/sh "$0" "$folder" "$@"
fi
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Nothing that Debian installs is in there.
mount -t tmpfs tmpfs /usr/local/bin
for name in deno node nodejs; do
  while found=$(command -v "$name"); do
    mount --bind /dev/null "$(readlink -f "$found")"
  done
done
cd "$folder"
exec env -i PATH="$PATH" HOME=/root LANG=C.UTF-8 LOGNAME=root MAIL=/var/mail/root SHELL=/bin/bash TERM=xterm-256color \
  USER=root SUDO_COMMAND="$*" SUDO_GID=65534 SUDO_UID=65534 SUDO_USER=nobody "$@"
