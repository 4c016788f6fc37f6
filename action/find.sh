#!/usr/bin/env bash
# Finds the program: the one that `binary` names, else the released one for this system, else the decision to build it.
#
# Everything comes by environment. Outputs: `binary` (its path), and where it has to be built first `build`, `folder` and `key`.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/common.sh
. "$here/common.sh"

# The action's repository and the ref that a workflow named. The runner leaves its own variables for that empty in composite
# actions, and the context means the outermost action, so the folder that it unpacked the action into is asked first.
find_origin() {
  local path
  path=$(slashes "${GITHUB_ACTION_PATH:-}")
  if [[ $path =~ /_actions/([^/]+/[^/]+)/(.+)$ ]]; then
    repository=${BASH_REMATCH[1]}
    ref=${BASH_REMATCH[2]%/}
  else
    repository=${ACTION_REPOSITORY:-}
    ref=${ACTION_REF:-}
  fi
  [[ $repository =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || repository=
}

# Which release is wanted: `version` is empty where there is none to ask for; `commit` says what it must have been built from.
find_version() {
  version='' commit='' asked=no
  local wanted=${TEMPERGATE_VERSION:-}
  if [[ -n $wanted ]]; then
    [[ $wanted =~ ^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "\`version: $wanted\` is no version such as v1.2.3"
    version=v${wanted#v}
    asked=yes
  elif [[ $ref =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    version=$ref
  elif [[ $ref =~ ^v[0-9]+(\.[0-9]+)?$ ]]; then
    # A tag that moves from release to release: this checkout says which one it is.
    version=v$(own_version)
  elif [[ $ref =~ ^[0-9a-f]{40}$ ]]; then
    # Pinned by its commit: the release of this version is taken only if it was built from that commit.
    version=v$(own_version)
    commit=$ref
  fi
  # Where it is not known whose releases to ask, there are none.
  if [[ -z $repository ]]; then
    [[ $asked == no ]] || fail "\`version\` is given, but not which repository the action comes from; use \`binary\` instead"
    version=
  fi
}

# fetch URL FILE: 0 when it is there, 1 when there is none (404); everything else ends the step, since a server that is down or
# in somebody's hand must not decide what is run.
fetch() {
  local protocols='=https' status
  # Only where the server itself is named so, which the runner does, never the pull request.
  [[ $server != http://* ]] || protocols='=http,https'
  status=$(curl --silent --show-error --location --proto "$protocols" --proto-redir "$protocols" --retry 2 \
    --connect-timeout 20 --max-time 300 --max-filesize 300000000 --output "$2" --write-out '%{http_code}' -- "$1") ||
    fail "$1 could not be fetched"
  case $status in
    200) return 0 ;;
    404)
      rm -f -- "$2"
      return 1
      ;;
    *) fail "$1 could not be fetched: the server answered $status" ;;
  esac
}

# The released archive in the working folder, verified. 1 where there is no such release.
fetch_release() {
  local url=$server/$repository/releases/download/$version archive expected built_from
  have curl || fail "curl is missing, which fetches the released program; install it or use \`binary\`"
  archive=$(archive_name "$version" "$target")
  fetch "$url/$(checksums_name)" sums || return 1
  if [[ -n $commit ]]; then
    fetch "$url/$(commit_name)" commit || return 1
    built_from=$(tr -d '[:space:]' <commit)
    if [[ $built_from != "$commit" ]]; then
      echo "The release $version is not of this commit, so it is not used."
      return 1
    fi
  fi
  expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' sums)
  [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "the release $version has no one checksum for $archive"
  fetch "$url/$archive" "$archive" || fail "the release $version has no $archive"
  [[ $(sha256 <"$archive") == "$expected" ]] ||
    fail "$archive does not have the checksum that the release states; it was not run"
  verify_attestation "$archive"
  tar -xzf "$archive" "$program" || fail "$archive holds no $program"
  [[ -f $program && ! -L $program ]] || fail "$program in $archive is no file"
  chmod +x "$program"
}

# That the release workflow of this repository built the archive, from this tag and, where it is known, this commit.
verify_attestation() {
  local mode=${TEMPERGATE_ATTESTATION:-auto} missing=''
  case $mode in
    skip) return 0 ;;
    auto | require) ;;
    *) fail "\`attestation: $mode\` is none of auto, require, skip" ;;
  esac
  if ! have gh || ! gh attestation verify --help >/dev/null 2>&1; then
    missing="GitHub's command line \`gh\` with \`gh attestation\` is not there"
  elif [[ $mode == auto && $server != https://github.com ]]; then
    missing="$server keeps no attestations"
  fi
  if [[ -n $missing ]]; then
    [[ $mode == auto ]] || fail "the attestation cannot be verified: $missing"
    notice "Only the checksum was verified, not the attestation: $missing."
    return 0
  fi
  set -- "$1" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" \
    --source-ref "refs/tags/$version" --deny-self-hosted-runners
  [[ -z $commit ]] || set -- "$@" --source-digest "$commit"
  gh attestation verify "$@" ||
    fail "the attestation of $1 could not be verified, so it was not run (\`attestation: skip\` does without)"
}

# The hash of this checkout: everything that the program could be built from.
sources_hash() (
  cd -- "$action_root"
  if have sha256sum; then set -- sha256sum; else set -- shasum -a 256; fi
  # No name in it has a line break, and sorting by zero bytes is not everywhere.
  find . -type f ! -path './.git/*' ! -path './target/*' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 "$@" | sha256
)

# The key has the action's own sources in it and nothing of the pull request or of the repository that is judged. The image's
# name is there because a program built on a newer system may not start on an older one.
decide_to_build() {
  local key
  key=tempergate-$(system)-$(architecture)-${ImageOS:-any}-$(sources_hash)
  echo "There is no release to fetch, so the program is built from the action's own checkout; its cache is $key."
  output build true
  output folder "$folder"
  output key "$key"
}

use_named_binary() {
  local binary
  binary=$(slashes "$TEMPERGATE_BINARY")
  case $binary in
    /* | [A-Za-z]:/*) ;;
    *) binary=$(slashes "${GITHUB_WORKSPACE:-$PWD}")/$binary ;;
  esac
  [[ -f $binary && -x $binary ]] || fail "\`binary: $TEMPERGATE_BINARY\` is no program"
  output binary "$binary"
}

main() {
  if [[ -n ${TEMPERGATE_BINARY:-} ]]; then
    use_named_binary
    return
  fi
  server=${GITHUB_SERVER_URL:-https://github.com}
  server=${server%/}
  target=$(target_for "$(system)" "$(architecture)")
  [[ -n $target ]] || fail "there is no Tempergate for $(system) on $(architecture): it runs on Linux, macOS and Windows, X64 or ARM64"
  program=$(program_name "$(system)")
  find_origin
  find_version
  folder=$(slashes "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/tempergate-program
  # Never one that lies there already: other steps of the job can write there too.
  rm -rf -- "$folder"
  mkdir -p -- "$folder"
  cd -- "$folder"
  if [[ -n $version ]] && fetch_release; then
    echo "Tempergate $version for $target, released by $repository."
  elif [[ $asked == yes ]]; then
    fail "$repository has no release $version"
  else
    rm -f -- sums commit
    decide_to_build
  fi
  output binary "$folder/$program"
}

main
