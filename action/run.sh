#!/usr/bin/env bash
# Runs the gate, or joins what shards of it reported. Ends as the program does: 0 pass, 1 the policy failed it, 2 could not judge.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/common.sh
. "$here/common.sh"

binary=${TEMPERGATE_BINARY:?}
# It is the path of the program by now, and none of its settings.
unset TEMPERGATE_BINARY
# An input that was not given arrives as an empty variable, which would mean an empty value.
for name in POLICY PUBLISH REPORTS FROM BASE SHARD STRATEGY MODEL NO_NETWORK CATEGORY MERGE; do
  variable=TEMPERGATE_$name
  [[ -n ${!variable:-} ]] || unset "$variable"
done

judge() {
  set -- ci
  [[ -z ${TEMPERGATE_STRATEGY:-} ]] || set -- "$@" "--strategy=$TEMPERGATE_STRATEGY"
  [[ -z ${TEMPERGATE_MODEL:-} ]] || set -- "$@" "--model=$TEMPERGATE_MODEL"
  exec "$binary" "$@"
}

# Publishes on the pull request of the event, if it is one. That something cannot be published changes nothing of the verdict.
publish_joined() {
  local what=${TEMPERGATE_PUBLISH:-auto}
  [[ $what != none && -n ${PULL_REQUEST:-} ]] || return 0
  if [[ $what == auto && ${FROM_FORK:-} == true ]]; then
    notice "Nothing is published, because the token for a fork's pull request can only read."
    return 0
  fi
  "$binary" publish --report "$1" "--pull-request=$PULL_REQUEST" "--publish=$what" "--category=${TEMPERGATE_CATEGORY:-}" ||
    notice "Not everything was published; the log says what."
}

# Every report.json in the folder or in one below it, which is how the shards' artefacts are unpacked.
merge() {
  local folder reports code=0
  folder=$(slashes "$TEMPERGATE_MERGE")
  reports=${TEMPERGATE_REPORTS:-$(slashes "${RUNNER_TEMP:?}")/tempergate}
  shopt -s nullglob
  set -- "$folder"/report.json "$folder"/*/report.json
  [[ -f ${1:-} ]] || shift
  (($# > 0)) || fail "\`merge: $TEMPERGATE_MERGE\` holds no report.json, neither itself nor in a folder of it"
  "$binary" merge --reports "$reports" -- "$@" || code=$?
  # What could not be judged is not published as if it had been.
  ((code > 1)) || publish_joined "$reports/report.json"
  exit "$code"
}

if [[ -n ${TEMPERGATE_MERGE:-} ]]; then merge; else judge; fi
