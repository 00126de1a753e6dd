#!/bin/sh
# Runs one start of a service and writes down what became of it, whether or not the agent lives.
#
#   shim.sh RUN_FOLDER PRE_START COMMAND FOLDER OPEN_FILES CORE_BLOCKS UID GID SHIM_GROUP [GROUP...]
#
# An empty argument means "none". The journal in RUN_FOLDER gets one line per fact; the agent wrote
# its first line, so that a full disk has no say in whether the exit status can be kept. All of this
# is functions, called on the last line: a shell that reads scripts bit by bit has read it all before
# it acts, and an upgrade may replace this file at any time.

# Field 22 of /proc/PID/stat tells this process from a later one with the same pid.
start_ticks() {
  read -r line <"/proc/$1/stat" || return 1
  # The name in brackets may hold blanks, so what counts begins behind the last bracket.
  # shellcheck disable=SC2086
  set -- ${line##*) }
  ticks=${20}
}

note() { printf '%s\n' "$*" >>"$journal"; }

# In the child: become the process that the journal speaks about, inside its groups and limits.
enter() {
  exec 2>&3 3>&-
  for group in $groups; do
    { printf 0 >"$group/cgroup.procs"; } 2>/dev/null || note "unlimited control-group"
  done
  if [ -n "$open_files" ]; then ulimit -n "$open_files" 2>/dev/null || note "unlimited openFiles"; fi
  if [ -n "$core_blocks" ]; then ulimit -c "$core_blocks" 2>/dev/null || note "unlimited coreDump"; fi
  cd "$folder" || exit 126
  if [ -n "$uid" ]; then
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups -- /bin/sh -c "$1"
  fi
  exec /bin/sh -c "$1"
}

run() {
  journal=$1/journal pre_start=$2 command=$3 folder=$4
  open_files=$5 core_blocks=$6 uid=$7 gid=$8 shim_group=$9
  claim=$1/claim
  shift 9
  groups=$*

  # A shell says "Killed" when a child was; that is no output of the service.
  exec 3>&2 2>/dev/null
  # Signals to the session are for the service. Caught ones are reset for it, ignored ones would not be.
  trap 'true' HUP INT QUIT TERM USR1 USR2
  # Whoever makes this file owns the start: this shim, or an agent that gave the start up.
  set -C
  true >"$claim" || exit 0
  set +C
  if [ -n "$shim_group" ]; then printf 0 >"$shim_group/cgroup.procs"; fi
  start_ticks $$ && note "shim $$ $ticks" || exit 125

  if [ -n "$pre_start" ]; then
    (enter "$pre_start")
    status=$?
    note "pre-start $status"
    [ "$status" -eq 0 ] || exit 0
  fi
  (
    read -r line </proc/self/stat
    pid=${line%% *}
    start_ticks "$pid" && note "service $pid $ticks" || exit 125
    enter "$command"
  )
  note "exit $?"
}

IFS=' 
'
run "$@"
exit
