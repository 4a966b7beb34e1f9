#!/bin/sh
# usage: try_contract.sh FOLDER TRANSCRIPT
# What wslfwd takes for true of Windows, tried from WSL2, as root in a session that Windows runs as administrator: with the Deno of
# the package for Debian that lies in FOLDER, which is installed for it, and removed again. Ends with the status of the tries.
set -eu

deno=/usr/lib/wslfwd/wslfwd
contract=$(dirname "$0")/../tests/windows/run_contract.ts

dpkg --no-triggers --install "$1"/wslfwd_*_amd64.deb
status=0
DENO_DIR=$(mktemp -d) "$deno" run --allow-all --no-check --no-config --no-lock --no-npm --no-remote "$contract" "$2" || status=$?
dpkg --no-triggers --remove wslfwd
exit "$status"
