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
