#!/bin/sh
# Runs a program that knows nothing of its supervisor: guard.sh PROGRAM [ARGUMENT ...]
#
# Starts the program, says its process number on descriptor 4, and ends it when descriptor 0, a pipe that only the
# supervisor holds, comes to its end: because the supervisor asks for that, or because it was killed.
exec 3<&0 </dev/null
"$@" 3<&- 4>&- &
program=$!
echo "$program" >&4
exec 4>&-
(
  while read -r _ <&3; do :; done
  kill -TERM "$program"
  for _ in 1 2 3 4 5; do
    sleep 1
    kill -0 "$program" || exit
  done
  kill -KILL "$program"
) 2>/dev/null &
watch=$!
exec 3<&-
wait "$program"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
