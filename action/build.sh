#!/usr/bin/env bash
# Builds the program from the action's own checkout, where find.sh found no release.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/common.sh
. "$here/common.sh"

binary=${TEMPERGATE_BINARY:?}
have cargo || fail "there is no released program for this version, and no Rust to build it with (https://rustup.rs/)"

# Cargo and rustup read configuration from the working folder and the ones above it. In the workspace that would be the pull
# request's, which could name a compiler of its own.
cd -- "$action_root"
unset RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTUP_TOOLCHAIN
unset CARGO_BUILD_RUSTC CARGO_BUILD_RUSTC_WRAPPER CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR
target_dir=$(slashes "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/tempergate-build
cargo build --release --locked --target-dir "$target_dir" || fail "the program could not be built"
mkdir -p -- "$(dirname -- "$binary")"
cp -- "$target_dir/release/$(basename -- "$binary")" "$binary"
