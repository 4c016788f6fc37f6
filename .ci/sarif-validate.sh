#!/bin/sh
# Checks a SARIF file with Microsoft's validator, under its rules for SARIF and for GitHub's code scanning.
#   .ci/sarif-validate.sh FILE
# Ends with 1 when the validator reports an error or a warning, with 2 when it could not run. Needs npm, node and a network.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 2; }
[ -r "$1" ] || { echo "$0: cannot read $1" >&2; exit 2; }
file=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")

version=5.7.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
  "@microsoft/sarif-multitool-linux@$version" >&2 || { echo "$0: npm could not install the validator" >&2; exit 2; }
tool=$work/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod u+x "$tool"

# The validator runs without the ICU library, and ends with 0 whatever it finds; what counts is in its output.
DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$tool" validate "$file" --rule-kind 'Sarif;Ghas' -o "$work/out.sarif" \
  --log ForceOverwrite >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 2; }

node - "$work/out.sarif" <<'JS'
const fs = require('fs');
const run = JSON.parse(fs.readFileSync(process.argv[2], 'utf8').replace(/^\uFEFF/, '')).runs[0];
const rules = run.tool.driver.rules || [];
const notes = (run.invocations || []).flatMap((i) => [
  ...(i.toolExecutionNotifications || []), ...(i.toolConfigurationNotifications || [])]);
const bad = notes.filter((n) => n.level === 'error').map((n) => `error: validator: ${n.message.text}`);
const counts = {};
for (const result of run.results || []) {
  // A result without a level has the level "warning".
  const level = result.level || 'warning';
  counts[level] = (counts[level] || 0) + 1;
  if (level !== 'error' && level !== 'warning') continue;
  const place = result.locations?.[0]?.physicalLocation?.region?.startLine ?? '?';
  const rule = rules[result.ruleIndex] || {};
  let text = result.message.text || rule.messageStrings?.[result.message.id]?.text || '';
  text = text.replace(/\{(\d+)\}/g, (whole, n) => result.message.arguments?.[n] ?? whole);
  bad.push(`${level}: ${result.ruleId} at line ${place}: ${text}`);
}
for (const line of bad.slice(0, 50)) console.error(line);
console.log(`SARIF validator: ${JSON.stringify(counts)}`);
process.exit(bad.length > 0 ? 1 : 0);
JS
