//! What the engine and the checks make of JavaScript.

use super::check;

#[test]
fn a_module_required_inside_an_expression_is_that_module() {
    check(
        "a.js",
        r#"
function convert(req, res) {
  require('child_process').exec('convert ' + req.query.name); // ^ command-injection
  res.end();
}
"#,
    );
}

#[test]
fn a_global_stays_what_it_is_when_a_part_of_it_is_assigned() {
    check(
        "a.js",
        r#"
location.href = location.hash.slice(1); // ^ open-redirect
location.href = location.hash.slice(2); // ^ open-redirect
"#,
    );
}

#[test]
fn callers_of_a_library_decide_only_where_it_is_exported() {
    check(
        "a.js",
        r#"
const { exec } = require('child_process');
module.exports.archive = function (name) {
  exec('tar -cf all.tar ' + name); // ^ command-injection
};
"#,
    );
}

#[test]
fn an_exponential_pattern_is_found_where_it_stands() {
    check(
        "a.js",
        r#"
export const LIST = /^(\d+,?)+;$/; // ^ regex-backtracking
export const WORD = /^\d+;$/;
"#,
    );
}

#[test]
fn alternatives_share_no_anchor_and_dots_match_anything() {
    check(
        "a.js",
        r#"
export const a = /^shop|basket/; // ^ incomplete-address-check
export const b = /^(shop|basket)/;
export const c = /^https:\/\/www.example.com\//; // ^ incomplete-address-check
export const d = /^https:\/\/www\.example\.com\//;
export const e = /^\s+|\s+$/;
"#,
    );
}

#[test]
fn replacements_do_half_of_the_work() {
    check(
        "a.js",
        r#"
export const a = (s) => s.replace("'", "''"); // ^ incomplete-sanitization
export const b = (s) => s.replace(/'/g, "''");
export const c = (s) => s.replace(/"/g, '\\"'); // ^ incomplete-sanitization
export const d = (s) => s.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
export const e = (s) => s.replace(/<script>/gi, ''); // ^ incomplete-sanitization
"#,
    );
}

#[test]
fn a_promised_function_is_the_same_function() {
    check(
        "a.js",
        r#"
const util = require('util');
const cp = require('child_process');
const { promisifyAll } = require('bluebird');

function runAll(req, res) {
  util.promisify(cp.exec)(req.query.a); // ^ command-injection
  util.promisify(cp.exec.bind(cp))(req.query.b); // ^ command-injection
  promisifyAll(cp).exec(req.query.c); // ^ command-injection
  util.promisify(own)(req.query.d);
  res.end();
}

function own(command, done) {
  cp.exec(command, done); // ^ command-injection
}
"#,
    );
}

#[test]
fn a_promise_gives_what_it_was_given() {
    check(
        "a.js",
        r#"
const cp = require('child_process');

async function run(req, res) {
  const command = await new Promise((resolve) => {
    setTimeout(() => resolve(req.query.command), 10);
  });
  cp.exec(command); // ^ command-injection
  cp.exec(await new Promise((resolve, reject) => (req.query.x ? reject(req.query.x) : resolve('ls'))));
  res.end();
}
"#,
    );
}

#[test]
fn a_position_says_what_a_text_begins_with_or_holds() {
    let tested = |test: &str, inside: &str, behind: &str| {
        check(
            "a.js",
            &format!(
                r#"
const fs = require('fs');
const path = require('path');

function show(req, res) {{
  const file = path.resolve('files', req.query.file);
  const name = String(req.query.name);
  if ({test}) {{
    fs.createReadStream(file).pipe(res);{}
    fs.createReadStream(path.join('files', name)).pipe(res);{}
  }} else {{
    fs.createReadStream(file).pipe(res);{}
    fs.createReadStream(path.join('files', name)).pipe(res);{}
  }}
}}
"#,
                &inside[..inside.find('|').unwrap_or(0)],
                &inside[inside.find('|').unwrap_or(0) + 1..],
                &behind[..behind.find('|').unwrap_or(0)],
                &behind[behind.find('|').unwrap_or(0) + 1..],
            ),
        );
    };
    let found = " // ^ path-traversal";
    let (both, first, second) = (format!("{found}|{found}"), format!("{found}|"), format!("|{found}"));
    tested("file.indexOf(root) === 0", &second, &both);
    tested("file.indexOf(root) !== 0", &both, &second);
    tested("0 == file.indexOf(root)", &second, &both);
    tested("name.indexOf('..') === -1", &first, &both);
    tested("name.indexOf('..') >= 0", &both, &first);
    tested("-1 < name.indexOf('..')", &both, &first);
    tested("name.indexOf('x') === -1", &both, &both);
}

#[test]
fn a_normalised_path_leads_up_at_its_beginning_only() {
    check(
        "a.js",
        r#"
const fs = require('fs');
const path = require('path');

function show(req, res) {
  const file = path.normalize(req.query.file);
  if (path.isAbsolute(file)) return;
  fs.createReadStream(file).pipe(res); // ^ path-traversal
  if (!file.startsWith('..')) {
    fs.createReadStream(file).pipe(res);
  }
  if (!req.query.name.startsWith('..')) {
    fs.createReadStream('x/' + req.query.name).pipe(res); // ^ path-traversal
  }
  fs.createReadStream(req.query.a.replace(/\//g, '')).pipe(res);
  fs.createReadStream(req.query.b.replace(/\//, '')).pipe(res); // ^ path-traversal
  fs.createReadStream('x/' + req.query.c.replace(/\.\./g, '')).pipe(res);
  fs.createReadStream('x/' + req.query.d.replace(/\.\.\//g, '')).pipe(res); // ^ incomplete-sanitization path-traversal
}
"#,
    );
}
