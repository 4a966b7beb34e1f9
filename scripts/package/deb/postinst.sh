#!/bin/sh
# Says what to do next. Starts nothing: a rule is made when somebody asks for it.
set -e
if [ "$1" = configure ] && [ -z "$2" ]; then
  echo 'wslfwd: next, in a terminal that Windows runs as administrator: sudo wslfwd --realtime'
fi
