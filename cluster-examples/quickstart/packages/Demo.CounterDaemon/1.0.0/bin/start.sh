#!/bin/sh
# Starts the daemon in the background, as many third-party programs do, and remembers its pid.
set -eu
node bin/counter.js >>"$TARSIER_DATA_DIR/counter.log" 2>&1 </dev/null &
echo $! >"$TARSIER_DATA_DIR/counter.pid"
