//! What an endpoint says about a failure, made safe to show.

/// Whether two texts share a run of that many characters (or the whole secret, if it is shorter).
pub(super) fn shares(text: &str, secret: &str, run: usize) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    if secret.is_empty() {
        return false;
    }
    secret.windows(run.min(secret.len())).any(|part| text.contains(&part.iter().collect::<String>()))
}

/// Whether a remark quotes a text, with whatever white space.
pub(super) fn quotes(remark: &str, text: &str) -> bool {
    const RUN: usize = 16;
    let remark: Vec<char> = remark.chars().filter(|c| !c.is_whitespace()).collect();
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    remark.windows(RUN).any(|part| text.contains(&part.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_secret_is_noticed() {
        assert!(shares("Incorrect API key: sk-abc***", "sk-abcdefgh", 6));
        assert!(!shares("Incorrect API key: sk-ab***", "sk-abcdefgh", 6));
        assert!(shares("it was abc", "abc", 6));
        assert!(!shares("anything", "", 6));
    }

    #[test]
    fn a_quotation_is_noticed() {
        let code = "def login(user,\n          password): pass";
        assert!(quotes("cannot parse: `def login(user, password)`", code));
        assert!(!quotes("cannot parse the login of a user", code));
        assert!(!quotes("login", code));
    }
}
