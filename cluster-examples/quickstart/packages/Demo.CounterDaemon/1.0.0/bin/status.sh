#!/bin/sh
# Exit code 0 while the daemon is there.
kill -0 "$(cat "$TARSIER_DATA_DIR/counter.pid")" 2>/dev/null
