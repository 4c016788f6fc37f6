#!/usr/bin/env bash
# Runs the gate, or joins what shards of it reported. Ends as the program does: 0 pass, 1 the policy failed it, 2 could not judge.
set -euo pipefail
binary=${TEMPERGATE_BINARY:?}
# It is the path of the program by now, and none of its settings.
unset TEMPERGATE_BINARY
# An input that was not given arrives as an empty variable, which would mean an empty value.
for name in POLICY PUBLISH REPORTS FROM BASE SHARD STRATEGY MODEL NO_NETWORK CATEGORY MERGE; do
  variable=TEMPERGATE_$name
  [[ -n ${!variable:-} ]] || unset "$variable"
done

if [[ -n ${TEMPERGATE_MERGE:-} ]]; then
  set -- merge "--publish=${TEMPERGATE_PUBLISH:-auto}"
  [[ -z ${TEMPERGATE_REPORTS:-} ]] || set -- "$@" "--reports=$TEMPERGATE_REPORTS"
  [[ -z ${TEMPERGATE_CATEGORY:-} ]] || set -- "$@" "--category=$TEMPERGATE_CATEGORY"
  # The artefacts of the shards are folders in this one; the program finds the reports in them.
  set -- "$@" -- "$TEMPERGATE_MERGE"
else
  # The other settings are read from the environment by the program itself.
  set -- ci
  [[ -z ${TEMPERGATE_STRATEGY:-} ]] || set -- "$@" "--strategy=$TEMPERGATE_STRATEGY"
  [[ -z ${TEMPERGATE_MODEL:-} ]] || set -- "$@" "--model=$TEMPERGATE_MODEL"
fi
exec "$binary" "$@"
