#!/bin/sh
# wslfwd @VERSION@: runs the program that is beside this file, by the Deno runtime that was installed with it. A package
# manager has put both there, so nothing is unpacked and nothing is checked: whoever can change the files of that package
# manager can change wslfwd.

fail() {
  printf 'wslfwd: %s\n' "$1" >&2
  exit 1
}

# The command in PATH is a link to this file. Absolute: the caller's PATH may be anything.
self=$(/usr/bin/readlink -f -- "$0") || fail "Cannot find the files of $0 (by /usr/bin/readlink)"
folder=${self%/*}

# In a Debian package it is here; npm and its like have it in node_modules of this folder or of one above, or, where each
# package has a node_modules of its own, in that of the package `deno`.
find_runtime() {
  runtime=$folder/wslfwd
  [ ! -x "$runtime" ] || return 0
  case $(/usr/bin/uname -m) in
    x86_64) package=@deno/linux-x64-glibc ;;
    aarch64) package=@deno/linux-arm64-glibc ;;
    *) fail "Cannot run here: there is no wslfwd for $(/usr/bin/uname -m), only for x86_64 and aarch64" ;;
  esac
  find_above "$folder" "$package/deno" && return 0
  find_above "$folder" deno/package.json || return 1
  found=$(/usr/bin/readlink -f -- "$runtime") && find_above "${found%/*}" "$package/deno"
}

# Looks for a file in the node_modules of a folder and of those above; `runtime` becomes its path.
find_above() {
  above=$1
  while :; do
    runtime=$above/node_modules/$2
    [ ! -f "$runtime" ] || return 0
    [ -n "$above" ] || return 1
    above=${above%/*}
  done
}

find_runtime || fail "Cannot find the Deno runtime, npm's package $package, for $folder: install again \
without --omit=optional, on a distro with glibc"

# What is said to Deno is not said to wslfwd.
unset DENO_AUDIT_PERMISSIONS DENO_AUTO_SERVE DENO_COMPAT DENO_CONDITIONS DENO_COVERAGE_DIR DENO_KV_PATH_PREFIX DENO_LOG \
  DENO_TRACE_PERMISSIONS DENO_V8_FLAGS NODE_OPTIONS OTEL_DENO
# It keeps no notes: what root's wslfwd reads must be nobody else's, and nothing may stay behind when this is removed.
export DENO_DIR=/dev/null/wslfwd DENO_NO_UPDATE_CHECK=1
exec "$runtime" run @RUNTIME_FLAGS@ "$folder/wslfwd.js" "$@"
