//! Paths as URI references, for SARIF.

use std::fmt::Write;

/// A path as a URI reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriReference {
    /// The percent-encoded reference; relative wherever the path is.
    pub uri: String,
    /// Whether it stays below the root of the analysed tree. One that is absolute, or begins with `..`, does not.
    pub below_root: bool,
}

/// Encodes a '/'-separated path. `.` and inner `..` segments are resolved, since a URI reader resolves them anyway.
pub fn of_path(path: &str) -> UriReference {
    let drive = has_drive(path);
    let absolute = drive || path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    let mut up = 0;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.pop().is_none() => up += usize::from(!absolute),
            ".." => {}
            _ => segments.push(segment),
        }
    }
    let mut uri = String::with_capacity(path.len() + 8);
    if absolute {
        uri.push_str("file:///");
    }
    for _ in 0..up {
        uri.push_str("../");
    }
    for (i, segment) in segments.iter().enumerate() {
        if i > 0 {
            uri.push('/');
        }
        encode(&mut uri, segment, drive && i == 0);
    }
    if uri.is_empty() {
        uri.push_str("./");
    }
    UriReference { uri, below_root: !absolute && up == 0 }
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}

/// Keeps what RFC 3986 calls a pchar, but for the colon: in a first segment it would read as a scheme.
fn encode(out: &mut String, segment: &str, keep_colon: bool) {
    for &byte in segment.as_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte);
        if plain || (byte == b':' && keep_colon) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        for (path, uri, below_root) in [
            ("src/app.py", "src/app.py", true),
            ("a b/c#d?e%f.py", "a%20b/c%23d%3Fe%25f.py", true),
            ("./x//y/../z", "x/z", true),
            ("naïve/日.js", "na%C3%AFve/%E6%97%A5.js", true),
            ("c:x.py", "c%3Ax.py", true),
            ("[id]/\\\"<>^`{|}.ts", "%5Bid%5D/%5C%22%3C%3E%5E%60%7B%7C%7D.ts", true),
            ("line\nbreak\u{1b}", "line%0Abreak%1B", true),
            ("../up/x.py", "../up/x.py", false),
            ("a/../../x.py", "../x.py", false),
            ("/srv/a b.py", "file:///srv/a%20b.py", false),
            ("/../x", "file:///x", false),
            ("//host/share", "file:///host/share", false),
            ("C:/x y", "file:///C:/x%20y", false),
            ("", "./", true),
        ] {
            assert_eq!(of_path(path), UriReference { uri: uri.to_owned(), below_root }, "{path:?}");
        }
    }
}
