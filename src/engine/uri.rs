//! Which file a SARIF location means. What leads out of the root means none.

use std::collections::BTreeMap;

use super::sarif::model::ArtifactLocation;

/// Bases that are relative to each other.
const MAX_BASES: usize = 8;
const MAX_CHARS: usize = 4096;

/// The path below `root` that a location means, '/'-separated; none where it leads out, or is no path.
pub fn path(location: &ArtifactLocation, bases: &BTreeMap<String, ArtifactLocation>, root: &str) -> Option<String> {
    let root = plain_segments(&root.replace('\\', "/"));
    let whole = resolved(location, bases)?;
    let below = match is_absolute(&whole) {
        true => plain_segments(&whole)?.strip_prefix(root?.as_slice())?.to_vec(),
        false => plain_segments(&whole)?,
    };
    (!below.is_empty()).then(|| below.join("/"))
}

/// The segments of the path that a location means, from whatever it is relative to, or from the root of the machine on which
/// it was written; none where it is no path.
pub fn segments(location: &ArtifactLocation, bases: &BTreeMap<String, ArtifactLocation>) -> Option<Vec<String>> {
    plain_segments(&resolved(location, bases)?)
}

/// A location behind what it is relative to.
fn resolved(location: &ArtifactLocation, bases: &BTreeMap<String, ArtifactLocation>) -> Option<String> {
    let mut text = decoded(location.uri.as_deref()?)?;
    let mut base = location.uri_base_id.as_deref();
    for _ in 0..MAX_BASES {
        let Some(known) = base.filter(|_| !is_absolute(&text)).and_then(|name| bases.get(name)) else { break };
        if let Some(uri) = &known.uri {
            let before = decoded(uri)?;
            text = format!("{}/{text}", before.trim_end_matches('/'));
        }
        base = known.uri_base_id.as_deref();
    }
    Some(text)
}

/// A URI as a path: without its scheme, and with what is percent-encoded decoded.
fn decoded(uri: &str) -> Option<String> {
    if uri.len() > MAX_CHARS {
        return None;
    }
    let rest = match uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).and(uri.get(5..)) {
        Some(rest) => match rest.strip_prefix("//") {
            // An empty host, or this one.
            Some(rest) => rest.strip_prefix("localhost").filter(|r| r.starts_with('/')).unwrap_or(rest),
            None => rest,
        },
        // A scheme has two letters at least; one is a drive.
        None if uri.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) => return None,
        None => uri,
    };
    if uri.len() != rest.len() && !rest.starts_with('/') {
        return None;
    }
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.bytes();
    while let Some(byte) = left.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(left.next())?, digit(left.next())?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    // `/C:/x` is a drive, and no folder of that name.
    let drive = text.strip_prefix('/').filter(|rest| has_drive(rest)).map(str::to_owned);
    Some(drive.unwrap_or(text))
}

fn is_scheme(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.len() > 1 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain)
}

fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}

fn is_absolute(text: &str) -> bool {
    text.starts_with('/') || has_drive(text)
}

/// The segments without `.` and `..`; none where they lead above the first.
fn plain_segments(text: &str) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                out.pop()?;
            }
            part => out.push(part.to_owned()),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn location(uri: &str, base: Option<&str>) -> ArtifactLocation {
        ArtifactLocation { uri: Some(uri.to_owned()), uri_base_id: base.map(str::to_owned), index: None }
    }

    fn of(uri: &str, base: Option<&str>) -> Option<String> {
        let bases = BTreeMap::from([
            ("ROOT".to_owned(), location("file:///tmp/x/", None)),
            ("SRC".to_owned(), location("src/", Some("ROOT"))),
            ("LOOP".to_owned(), location("l/", Some("LOOP"))),
            ("OUT".to_owned(), location("file:///etc/", None)),
            ("BARE".to_owned(), ArtifactLocation::default()),
        ]);
        path(&location(uri, base), &bases, "/tmp/x")
    }

    #[test]
    fn paths_below_the_root_are_found_however_they_are_written() {
        for (uri, base, path) in [
            ("head/a.py", None, "head/a.py"),
            ("./head//b/../a.py", None, "head/a.py"),
            ("head/a%20b%C3%A4.py", None, "head/a bä.py"),
            ("file:///tmp/x/head/a.py", None, "head/a.py"),
            ("FILE://localhost/tmp/x/head/a.py", None, "head/a.py"),
            ("file:/tmp/x/head/a.py", None, "head/a.py"),
            ("/tmp/x/head/a.py", Some("SRC"), "head/a.py"),
            ("a.py", Some("ROOT"), "a.py"),
            ("a.py", Some("SRC"), "src/a.py"),
            ("a.py", Some("UNKNOWN"), "a.py"),
            ("a.py", Some("BARE"), "a.py"),
        ] {
            assert_eq!(of(uri, base).as_deref(), Some(path), "{uri} {base:?}");
        }
    }

    #[test]
    fn what_leads_out_or_is_no_path_means_no_file() {
        for (uri, base) in [
            ("../a.py", None),
            ("head/../../a.py", None),
            ("%2e%2e/a.py", None),
            ("file:///etc/passwd", None),
            ("/tmp/xy/a.py", None),
            ("file://host/tmp/x/a.py", None),
            ("https://example.com/a.py", None),
            ("a.py", Some("OUT")),
            ("a%00.py", None),
            ("a%zz.py", None),
            ("a%ff.py", None),
            ("", None),
            (".", None),
            ("/tmp/x", None),
        ] {
            assert_eq!(of(uri, base), None, "{uri} {base:?}");
        }
        assert!(of("a.py", Some("LOOP")).unwrap().ends_with("l/a.py"));
    }
}
