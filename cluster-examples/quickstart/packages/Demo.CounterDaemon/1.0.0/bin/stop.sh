#!/bin/sh
# Stops the daemon; stopping one that is gone is fine.
set -eu
[ -f "$TARSIER_DATA_DIR/counter.pid" ] || exit 0
kill "$(cat "$TARSIER_DATA_DIR/counter.pid")" 2>/dev/null || true
rm -f "$TARSIER_DATA_DIR/counter.pid"
