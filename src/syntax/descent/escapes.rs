//! Escapes in string literals, as far as languages share them.

/// A string's value from what stands between its quotes. `escape` decodes what follows a backslash into the text so far and
/// gives what comes behind it.
pub fn decode(raw: &str, escape: impl for<'r> Fn(&'r str, &mut String) -> &'r str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = escape(rest.get(at + 1..).unwrap_or(""), &mut out);
    }
    out.push_str(rest);
    out
}

/// One to three octal digits of a value below 256, as in C; what follows them.
pub fn octal<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let limit = if rest.starts_with(['0', '1', '2', '3']) { 3 } else { 2 };
    let len = rest.bytes().take(limit).take_while(|b| (b'0'..=b'7').contains(b)).count();
    let (digits, after) = rest.split_at(len);
    out.push(character(u32::from_str_radix(digits, 8).unwrap_or(0)));
    after
}

/// A UTF-16 code unit, joined with the second half of its pair if `next` reads one from `after`; what follows.
pub fn code_unit<'r>(
    unit: u32,
    after: &'r str,
    next: impl Fn(&'r str) -> Option<(u32, &'r str)>,
    out: &mut String,
) -> &'r str {
    if (0xD800..0xDC00).contains(&unit)
        && let Some((low, after)) = next(after).filter(|(low, _)| (0xDC00..0xE000).contains(low))
    {
        out.push(character(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
        return after;
    }
    out.push(character(unit));
    after
}

/// A character by its number; what is none is replaced.
pub fn character(number: u32) -> char {
    char::from_u32(number).unwrap_or('\u{fffd}')
}
