//! The forms that identities take in git and on GitHub.

/// The domain of addresses that GitHub gives to accounts.
const NO_REPLY: &str = "@users.noreply.github.com";

/// The account behind a no-reply address of GitHub: its number, where the address has one, and its login.
pub(super) fn account(email: &str) -> Option<(Option<u64>, &str)> {
    let at = email.len().checked_sub(NO_REPLY.len())?;
    let (local, domain) = (email.get(..at)?, email.get(at..)?);
    if !domain.eq_ignore_ascii_case(NO_REPLY) {
        return None;
    }
    let Some((number, login)) = local.split_once('+') else { return Some((None, local)) };
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    // A number is not written with zeros before it, so one that is stands for nobody.
    let number = number.parse().ok().filter(|_| digits && !number.starts_with('0'))?;
    Some((Some(number), login))
}

/// Whether only a bot can have this login: GitHub lets no person take one with brackets.
pub(super) fn is_bot_login(name: &str) -> bool {
    name.strip_suffix("[bot]").is_some_and(|login| !login.is_empty())
}

/// Name and address of `Name <address>`. Behind the address nothing else may stand.
pub(super) fn name_and_email(value: &str) -> Option<(&str, &str)> {
    let inner = value.trim().strip_suffix('>')?;
    let (name, email) = inner.rsplit_once('<')?;
    let plain = !email.is_empty() && !email.contains(char::is_whitespace) && !email.contains('>');
    plain.then_some((name.trim(), email))
}
