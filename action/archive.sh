#!/usr/bin/env bash
# archive.sh VERSION TARGET PROGRAM OUT: packs a built program into the archive that find.sh fetches, and prints its name.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/common.sh
. "$here/common.sh"

version=$1 target=$2 program=$3 out=$4
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp -- "$program" "$work/$(program_name "$target")"
cp -- "$action_root/LICENSE-APACHE" "$action_root/LICENSE-MIT" "$action_root/README.md" "$work/"
archive=$(archive_name "$version" "$target")
mkdir -p -- "$out"
# Through a pipe: where paths begin with a drive, tar would take them for another machine's.
(cd -- "$work" && tar -czf - "$(program_name "$target")" LICENSE-APACHE LICENSE-MIT README.md) >"$out/$archive"
printf '%s\n' "$archive"
