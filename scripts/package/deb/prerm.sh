#!/bin/sh
# Before wslfwd is removed, so are its rules on Windows: nothing could remove them later. An upgrade keeps them.
set -e
[ "$1" = remove ] || exit 0
if [ "${WSLFWD_KEEP_RULES-}" = yes ]; then
  echo 'wslfwd: its rules on Windows, if there are any, are left as WSLFWD_KEEP_RULES says'
  exit 0
fi
status=0
wslfwd --clean-rules || status=$?
case $status in
  0) ;;
  # Not in WSL2, or no Windows can be reached: there is nobody to ask.
  3) echo 'wslfwd: no Windows was found here, so no rules were looked for' ;;
  *)
    echo 'wslfwd: not removed, as its rules on Windows could not be; mend that, or leave them by WSLFWD_KEEP_RULES=yes' >&2
    exit 1
    ;;
esac
