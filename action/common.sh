# shellcheck shell=bash
# What the scripts of the action and of the release workflow share: messages, outputs, systems, names of archives.
# Works in bash 3.2, which is what macOS has, and in Git Bash on Windows.

# The checkout that this file is in.
action_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# A text as the message of a workflow command, in which it cannot start another one.
escaped() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '%s' "$text"
}

# fail MESSAGE: an annotation, and the exit code for "could not judge".
fail() {
  printf '::error title=Tempergate::%s\n' "$(escaped "$1")"
  exit 2
}

notice() {
  printf '::notice title=Tempergate::%s\n' "$(escaped "$1")"
}

# output NAME VALUE: an output of the step. A value of several lines could set other outputs too.
output() {
  case $2 in
    *$'\n'* | *$'\r'*) fail "the value of $1 has several lines" ;;
  esac
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/stdout}"
}

have() { command -v "$1" >/dev/null 2>&1; }

# A path with slashes only: Windows takes them too, and they mean one thing in bash.
slashes() { printf '%s' "${1//\\//}"; }

# The system as GitHub's runners name it.
system() {
  case ${RUNNER_OS:-$(uname -s)} in
    Linux) echo Linux ;;
    macOS | Darwin) echo macOS ;;
    Windows | MINGW* | MSYS* | CYGWIN*) echo Windows ;;
    *) echo "${RUNNER_OS:-$(uname -s)}" ;;
  esac
}

# The processor as GitHub's runners name it.
architecture() {
  case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64 | amd64) echo X64 ;;
    ARM64 | aarch64 | arm64) echo ARM64 ;;
    *) echo "${RUNNER_ARCH:-$(uname -m)}" ;;
  esac
}

# The Rust target for a system and a processor; nothing where there is none.
target_for() {
  awk -v os="$1" -v cpu="$2" '!/^#/ && $1 == os && $2 == cpu { print $3 }' "$action_root/action/targets.txt"
}

# program_name SYSTEM-OR-TARGET
program_name() {
  case $1 in
    Windows | *-windows-*) echo tempergate.exe ;;
    *) echo tempergate ;;
  esac
}

# archive_name VERSION TARGET, where VERSION is the release's tag, such as v1.2.3.
archive_name() { printf 'tempergate-%s-%s.tar.gz' "$1" "$2"; }

# The files of a release beside the archives: the checksums of everything in it, and the commit that it was built from.
checksums_name() { echo SHA256SUMS; }
commit_name() { echo COMMIT; }

# The version in Cargo.toml of this checkout.
own_version() {
  awk -F'"' '/^\[/ { inside = ($0 ~ /^\[package\]/) } inside && /^version *=/ { print $2; exit }' "$action_root/Cargo.toml"
}

# The SHA-256 of standard input, in hexadecimal.
sha256() {
  local sum
  if have sha256sum; then
    sum=$(sha256sum)
  elif have shasum; then
    sum=$(shasum -a 256)
  else
    fail "neither sha256sum nor shasum is there, and nothing is run whose checksum was not verified"
  fi
  printf '%s\n' "${sum%% *}"
}
