#!/bin/sh
# Checks SARIF files with Microsoft's validator, under its rules for SARIF and for GitHub's code scanning.
#   .ci/sarif-validate.sh FILE...
# Ends with 1 when the validator reports an error or a warning, with 2 when it could not run. Needs npm, node and a network.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FILE..." >&2; exit 2; }
for file; do
  [ -r "$file" ] || { echo "$0: cannot read $file" >&2; exit 2; }
done

version=5.7.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
  "@microsoft/sarif-multitool-linux@$version" >&2 || { echo "$0: npm could not install the validator" >&2; exit 2; }
tool=$work/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod u+x "$tool"

# The validator runs without the ICU library, and ends with 0 whatever it finds; what counts is in its output.
validate() {
  rm -f "$work/out.sarif"
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$tool" validate "$1" --rule-kind 'Sarif;Ghas' -o "$work/out.sarif" \
    --log ForceOverwrite >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 2; }
  node "$work/judge.js" "$work/out.sarif" "$(basename -- "$1")"
}

cat >"$work/judge.js" <<'JS'
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
console.log(`SARIF validator: ${process.argv[3]}: ${JSON.stringify(counts)}`);
process.exit(bad.length > 0 ? 1 : 0);
JS

failed=0
for file; do
  validate "$file" || failed=1
done
exit "$failed"
