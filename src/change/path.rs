//! Git paths are bytes; the rest of the program wants text. This is the reversible step between the two.

use std::ffi::OsString;
use std::path::PathBuf;

/// Stands before two hexadecimal digits for a byte that the text form could not hold.
const MARK: char = '\u{FFFD}';

/// The text form of a git path, and whether it differs from the path.
///
/// A byte that is not part of valid UTF-8 becomes U+FFFD and two hexadecimal digits. U+FFFD itself is written so too:
/// that makes the form unambiguous, so that no two files of a hostile tree share a name.
pub(super) fn to_text(raw: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(raw.len());
    let mut escaped = false;
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == MARK {
                push_bytes(&mut text, MARK.encode_utf8(&mut [0; 4]).as_bytes());
                escaped = true;
            } else {
                text.push(c);
            }
        }
        escaped |= !chunk.invalid().is_empty();
        push_bytes(&mut text, chunk.invalid());
    }
    (text, escaped)
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push(MARK);
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
}

/// The git path that a text form stands for. Text that [`to_text`] cannot give stands for its own bytes.
pub(super) fn to_raw(text: &str) -> Vec<u8> {
    let mut raw = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK) {
        raw.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                raw.push(byte);
                rest = after.get(2..).unwrap_or("");
            }
            None => {
                raw.extend_from_slice(MARK.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
        }
    }
    raw.extend_from_slice(rest.as_bytes());
    raw
}

/// A relative path for the file system; `None` for one that could leave the root, or that this system cannot name.
pub(super) fn to_relative(raw: &[u8]) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in raw.split(|&b| b == b'/') {
        let unsafe_part = matches!(part, b"" | b"." | b"..") || part.contains(&0) || part.eq_ignore_ascii_case(b".git");
        let unsafe_here = cfg!(windows) && part.iter().any(|b| matches!(b, b'\\' | b':'));
        if unsafe_part || unsafe_here {
            return None;
        }
        path.push(os_string(part)?);
    }
    Some(path)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot name every sequence of bytes")]
fn os_string(raw: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(raw.to_vec()))
}

#[cfg(not(unix))]
fn os_string(raw: &[u8]) -> Option<OsString> {
    std::str::from_utf8(raw).ok().map(OsString::from)
}

/// Whether a link at `path` with this target leads out of the repository, judged by the text alone.
pub(super) fn leads_outside(path: &[u8], target: &[u8]) -> bool {
    let drive = target.get(1) == Some(&b':');
    if drive || matches!(target.first(), Some(b'/' | b'\\')) {
        return true;
    }
    let mut depth = path.iter().filter(|&&b| b == b'/').count();
    for part in target.split(|&b| b == b'/' || b == b'\\') {
        match part {
            b"" | b"." => {}
            b".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_stays_and_bytes_are_escaped() {
        assert_eq!(to_text("src/größe.py".as_bytes()), ("src/größe.py".into(), false));
        assert_eq!(to_text(b"caf\xe9.py"), ("caf\u{FFFD}e9.py".into(), true));
        assert_ne!(to_text(b"caf\xe9.py").0, to_text("caf\u{FFFD}e9.py".as_bytes()).0);
    }

    #[test]
    fn paths_that_could_leave_the_root_are_refused() {
        for bad in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", ".git/config", "sub/.GIT/hooks/x", "a\0b"] {
            assert_eq!(to_relative(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(to_relative(b"a/..b/.gitignore"), Some(PathBuf::from("a/..b/.gitignore")));
    }

    #[test]
    fn links_out_of_the_repository() {
        for (path, target, outside) in [
            ("a", "b/c", false),
            ("d/a", "../b", false),
            ("a", "../b", true),
            ("d/a", "../../etc/passwd", true),
            ("d/a", "x/../../y", false),
            ("a", "/etc/passwd", true),
            ("a", "C:\\windows", true),
        ] {
            assert_eq!(leads_outside(path.as_bytes(), target.as_bytes()), outside, "{path} -> {target}");
        }
    }

    proptest! {
        #[test]
        fn reversible(raw in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xEF), Just(0xBF), Just(0xBD)], 0..40)) {
            let (text, escaped) = to_text(&raw);
            prop_assert_eq!(to_raw(&text), raw.clone());
            prop_assert_eq!(escaped, text.as_bytes() != raw);
        }

        #[test]
        fn any_text_has_bytes(text in ".*") {
            let _ = to_relative(&to_raw(&text));
        }
    }
}
