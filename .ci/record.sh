#!/usr/bin/env bash
# Records what a real model says to each strategy, for the test that replays it (tests/integration/exchanges.rs).
#
#   .ci/record.sh BINARY MODEL.gguf TUNED.gguf ADAPTER.gguf
#
# BINARY is built with --features embedded-model. MODEL answers all strategies but `lora`; TUNED with ADAPTER answers that one.
set -euo pipefail
if (($# != 4)); then
  sed -n '2,6p' "$0" >&2
  exit 2
fi
binary=$(realpath "$1") model=$(realpath "$2") tuned=$(realpath "$3") adapter=$(realpath "$4")
cd "$(dirname "$0")/../tests/fixtures/asked"
mkdir -p exchanges
for strategy in negative-example chain-of-thought meta-prompt lora ladder best-of auto; do
  arguments=(--model "$model")
  if [[ $strategy == lora ]]; then arguments=(--model "$tuned" --lora "$adapter"); fi
  rm -f "exchanges/$strategy.jsonl"
  "$binary" scan app.py --fix --policy policy.yml --no-network --strategy "$strategy" "${arguments[@]}" \
    --record "exchanges/$strategy.jsonl" --format json --output /dev/null
done
