//! Hard-coded credentials: judges a constant string by the name that it is given to, by the shapes of known tokens, and by
//! its entropy. A placeholder that is used as a secret (`secret_key = "changeme"`) is a credential like any other at run
//! time and counts; what only marks the place of a value (`${TOKEN}`, `<password>`, `****`) does not.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::finding::Confidence;

/// What kind of credential a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A password, by its name.
    Password,
    /// A secret, key or token, by its name.
    Secret,
    /// A token in the format of a known provider.
    ProviderToken(&'static str),
    /// A JSON Web Token with its signature.
    JsonWebToken,
    /// A private key in PEM form.
    PrivateKey,
    /// A URL or connection string that carries a password.
    ConnectionString,
}

/// A judged string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretKind {
    /// What it is.
    pub kind: Kind,
    /// How sure that is.
    pub confidence: Confidence,
}

/// Values longer than this are judged by their beginning: no credential is longer, and data files are.
const MAX_VALUE: usize = 8_192;

/// Words that name a credential by themselves.
const PASSWORD_WORDS: &[&str] = &["password", "passwd", "pwd", "passphrase", "passcode"];
const SECRET_WORDS: &[&str] =
    &["secret", "secrets", "token", "apikey", "credential", "credentials", "authtoken", "secretkey"];
/// Words that name one together with a `key` behind them.
const KEY_WORDS: &[&str] = &[
    "api",
    "private",
    "secret",
    "access",
    "auth",
    "encryption",
    "encrypt",
    "signing",
    "hmac",
    "aes",
    "jwt",
    "session",
    "master",
    "license",
];
/// Words that make the name one of something about a credential. Names end in what they name, so most count only at the end.
const ABOUT_AT_END: &str = "field fields url uri endpoint name names algorithm template path file filename dir length len size \
    count min max type types label header headers prompt message msg error errors hint help text title \
    placeholder regex pattern policy validator validators expiry expires expiration ttl timeout age \
    lifetime id ids param params parameter env var variable column attr attribute input selector view \
    page form route class classname provider issuer audience prefix suffix format mode scheme method \
    key_name description desc status state event action hasher hashers strength rule rules location arn \
    ref version region scope scopes kind index backend generator factory service manager store storage \
    model table required enabled budget limit reset confirmation separator delimiter re charset chars \
    alphabet link icon button topic source command cmd cookie hash digest salt_length placeholders \
    option options";
/// Words that do so anywhere in the name.
const ABOUT_ANYWHERE: &str = "public pub csrf xsrf forgot reset hashed hash encrypted masked redacted tokenizer tokenize bos eos \
    pad unk cls sep invalid missing wrong num is has get set validate check show primary foreign sort \
    partition cache no next continuation page stop special lex lexer parser mask word";

/// Formats that providers document for their tokens: the provider and the pattern.
const FORMATS: &[(&str, &str)] = &[
    ("AWS", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("GitHub", r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    ("GitHub", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    ("GitLab", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}"),
    ("Slack", r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    ("Slack", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+"),
    ("Slack", r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/+-]{40,}"),
    ("Stripe", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b"),
    ("Stripe", r"\bwhsec_[A-Za-z0-9+/=]{24,}"),
    ("Google", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("Google", r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    ("Google", r"\bya29\.[0-9A-Za-z_-]{20,}"),
    ("SendGrid", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    ("Twilio", r"\bSK[0-9a-f]{32}\b"),
    ("npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("PyPI", r"\bpypi-AgEI[A-Za-z0-9_-]{50,}"),
    ("OpenAI", r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}"),
    ("OpenAI", r"\bsk-[A-Za-z0-9]{48}\b"),
    ("Anthropic", r"\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{20,}"),
    ("Hugging Face", r"\bhf_[A-Za-z]{34}\b"),
    ("Shopify", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    ("DigitalOcean", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("Telegram", r"\b\d{8,10}:AA[0-9A-Za-z_-]{33}\b"),
    ("Mailgun", r"\bkey-[0-9a-f]{32}\b"),
    ("Square", r"\bsq0(?:atp|csp)-[0-9A-Za-z_-]{22,43}"),
    ("HashiCorp Vault", r"\bhv[sb]\.[A-Za-z0-9_-]{24,}"),
    ("Databricks", r"\bdapi[0-9a-f]{32}\b"),
    ("Azure", r"\bAccountKey=[A-Za-z0-9+/]{86}=="),
];

static TOKENS: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| FORMATS.iter().filter_map(|(name, format)| Some((*name, Regex::new(format).ok()?))).collect());

macro_rules! pattern {
    ($name:ident = $text:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(JWT = r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}");
pattern!(PEM = r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s*(?:\S+: .*\s+)*[A-Za-z0-9+/=]{24,}");
pattern!(
    PASSWORD_HASH = r"^(?:\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{50,60}$|\$argon2(?:id|i|d)\$v=|\$[156y7]\$[./A-Za-z0-9=,]{4,}\$[./A-Za-z0-9$]{20,}$|pbkdf2[:_]sha\d+[:$])"
);
pattern!(PROSE = r#"([A-Za-z][A-Za-z0-9_-]{2,40})\s*(?:=|:| is )\s*["']?([^\s"',;]{4,200})"#);
pattern!(URL_PASSWORD = r"^[a-z][a-z0-9+.-]{1,30}://([^\s:/@?#]*):([^\s/@?#]+)@[^\s@/]+");
pattern!(PAIR_PASSWORD = r"(?i)(?:^|[;\s&?])(?:password|passwd|pwd|accountkey|sharedaccesskey)\s*=\s*([^;\s&]+)");
pattern!(DSN_PASSWORD = r"^[\w.-]+:([^\s:@/]+)@(?:tcp|udp|unix|cloudsql)?\([^)\s]*\)/");
pattern!(ANY_USER = r"(?i)^(?:[a-z][a-z0-9+.-]{1,30}://)?(?:db[_-]?)?user(?:[_-]?name)?:");
pattern!(
    CONNECTION = r"(?i)(?:^|[;\s])(?:server|host|data source|addr|address|database|initial catalog|user id|uid|user|username|dbname|accountname|endpoint)\s*="
);

/// Whether a constant string is a credential: by its own shape, or because it is given to something of that name (a
/// variable, a keyword argument, a key, an attribute; in any case convention).
pub fn judge(name: Option<&str>, value: &str) -> Option<SecretKind> {
    let value = head(value);
    if let Some(found) = by_shape(value) {
        return Some(found);
    }
    if name.is_some_and(|name| is_password_hash(name, value)) {
        return Some(SecretKind { kind: Kind::Password, confidence: Confidence::Medium });
    }
    let kind = credential_name(name?)?;
    let rating = by_value(name?, value)?;
    Some(SecretKind { kind, confidence: rating })
}

/// Where text of any kind holds tokens in the formats of known providers, JSON Web Tokens, or private keys (to their end
/// marker, or to the end of the text).
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> =
        TOKENS.iter().flat_map(|(_, format)| format.find_iter(text)).map(|token| token.range()).collect();
    found.extend(JWT.iter().flat_map(|format| format.find_iter(text)).map(|token| token.range()));
    for key in PEM.iter().flat_map(|format| format.find_iter(text)) {
        let rest = text.get(key.start()..).unwrap_or_default();
        let end = rest.find("-----END").and_then(|at| rest.get(at + 8..)?.find("-----").map(|more| at + 8 + more + 5));
        found.push(key.start()..key.start() + end.unwrap_or(rest.len()));
    }
    found
}

/// The values that prose (a comment) gives to names of credentials: `password: hunter2`.
pub fn named_in_prose(text: &str) -> impl Iterator<Item = &str> {
    let pairs = PROSE.iter().flat_map(move |pattern| pattern.captures_iter(text));
    pairs.filter_map(|pair| {
        let value = pair.get(2)?.as_str();
        credential_name(pair.get(1)?.as_str())?;
        (!marks_a_place(value)).then_some(value)
    })
}

/// Judges a constant that a value of this name from outside has to be equal to.
pub fn checked(name: &str, value: &str) -> Option<SecretKind> {
    let kind = credential_name(name)?;
    let says_nothing = matches!(value.trim(), "" | "undefined" | "null" | "none" | "None" | "true" | "false");
    (kind == Kind::Password && !says_nothing && !marks_a_place(value))
        .then_some(SecretKind { kind, confidence: Confidence::High })
}

fn head(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or_default()
}

/// The hash of a password is guessed at leisure by everybody who reads it, and lets its owner in until the next release. One that
/// stands in for the account that does not exist lets nobody in.
fn is_password_hash(name: &str, value: &str) -> bool {
    const STANDS_IN: &str = "dummy fake decoy mock example sample placeholder invalid test unused missing unknown";
    found(&PASSWORD_HASH, value) && !words(name).iter().any(|word| listed(STANDS_IN, word))
}

/// Known formats, whatever the name.
fn by_shape(value: &str) -> Option<SecretKind> {
    let high = |kind| Some(SecretKind { kind, confidence: Confidence::High });
    if found(&PEM, value) {
        return high(Kind::PrivateKey);
    }
    for (provider, format) in TOKENS.iter() {
        if format.find_iter(value).any(|token| !repetitive(token.as_str())) {
            return high(Kind::ProviderToken(provider));
        }
    }
    if found(&JWT, value) {
        return high(Kind::JsonWebToken);
    }
    let password = URL_PASSWORD.as_ref().and_then(|url| url.captures(value)).and_then(|parts| parts.get(2));
    let dsn = || DSN_PASSWORD.as_ref()?.captures(value)?.get(1);
    let pair = || PAIR_PASSWORD.as_ref().filter(|_| found(&CONNECTION, value))?.captures(value)?.get(1);
    let password = password.or_else(dsn).or_else(pair)?.as_str();
    if marks_a_place(password) {
        return None;
    }
    let example = ["password", "pass", "passwd", "pwd", "secret"].contains(&password.to_lowercase().as_str());
    let confidence = match example {
        _ if is_placeholder(password) || example && found(&ANY_USER, value) => Confidence::Low,
        true => Confidence::Medium,
        false => Confidence::High,
    };
    Some(SecretKind { kind: Kind::ConnectionString, confidence })
}

fn found(pattern: &Option<Regex>, value: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(value))
}

/// Documentation writes tokens as `AKIAXXXXXXXXXXXXXXXX` or `ghp_0000…`; tokens have more different characters.
fn repetitive(token: &str) -> bool {
    let body = token.get(token.len().min(4)..).unwrap_or_default();
    body.chars().collect::<BTreeSet<char>>().len() < 6
}

/// The kind of credential that a name speaks of; `None` when it speaks of none, or of something about one.
fn credential_name(name: &str) -> Option<Kind> {
    let words = words(name);
    let last = words.last()?.as_str();
    if listed(ABOUT_AT_END, last) || words.iter().any(|word| listed(ABOUT_ANYWHERE, word)) {
        return None;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(PASSWORD_WORDS)
        || words.iter().map(String::as_str).eq(["pass"])
        || ends_with(
            &words,
            "pass",
            &["db", "user", "admin", "root", "smtp", "mail", "email", "database", "ftp", "ssh"],
        )
    {
        return Some(Kind::Password);
    }
    if has(SECRET_WORDS)
        || ends_with(&words, "key", KEY_WORDS)
        || ends_with(&words, "keys", &["api", "private", "secret"])
    {
        return Some(Kind::Secret);
    }
    None
}

/// Whether the word is one of a list separated by spaces.
fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether the last word is this one, right behind one of the others.
fn ends_with(words: &[String], last: &str, before: &[&str]) -> bool {
    matches!(words, [.., first, end] if end == last && before.contains(&first.as_str()))
}

/// The lower-case words of a name in any convention: `dbPassword`, `DB_PASSWORD`, `db-password`, `DBPassword2`.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().take(200).collect();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|at| chars.get(at)).copied().unwrap_or('_');
        let next_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let begins = c.is_uppercase()
            && (before.is_lowercase() || before.is_ascii_digit() || before.is_uppercase() && next_lower);
        if begins || !c.is_alphabetic() {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// How sure it is that the value given to a credential's name is one; `None` when it is something else.
fn by_value(name: &str, value: &str) -> Option<Confidence> {
    let text = value.trim();
    if text.chars().count() < 3 || marks_a_place(text) || says_something_else(name, text) {
        return None;
    }
    if is_placeholder(text) && !is_own_key(name) {
        return Some(Confidence::Low);
    }
    let random = entropy(text) >= random_threshold(text) && text.len() >= 16;
    let mixed = text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(char::is_alphabetic);
    Some(if random || (mixed && text.len() >= 8) { Confidence::High } else { Confidence::Medium })
}

/// Whether the text stands for a credential that people are to put in (`your_password`, `changeme`), so that it lets nobody
/// in anywhere else.
pub fn is_placeholder(text: &str) -> bool {
    const WORDS: &str = "your changeme placeholder replaceme example dummy todo fixme";
    const PUT_IN: &str = "replace insert enter put";
    const BEHIND: &str = "me this with here your";
    let words = words(text);
    let to_be_put_in = |pair: &[String]| match pair {
        [first, second] => first == "change" && second == "me" || listed(PUT_IN, first) && listed(BEHIND, second),
        _ => false,
    };
    marks_a_place(text) || words.iter().any(|word| listed(WORDS, word)) || words.windows(2).any(to_be_put_in)
}

/// Whether the text only says what stands there (`password`, `db_user`).
pub fn says_what_it_is(text: &str) -> bool {
    const WORDS: &str = "password passwd pass pwd secret user username name db database";
    let words = words(text);
    !words.is_empty() && words.iter().all(|word| listed(WORDS, word))
}

/// Whether the name is that of a key that the program itself makes or checks something with: any text works as one.
fn is_own_key(name: &str) -> bool {
    const OWN: &str = "secret jwt session signing hmac encryption encrypt aes cookie salt";
    const OF_OTHERS: &str = "api client access auth oauth aws db database password";
    let words = words(name);
    words.iter().any(|word| listed(OWN, word)) && !words.iter().any(|word| listed(OF_OTHERS, word))
}

/// Whether the text only marks where a value comes in: `${X}`, `{{x}}`, `<password>`, `%s`, `%(x)s`, `$X`, `****`, `xxxx`.
fn marks_a_place(text: &str) -> bool {
    let text = text.trim();
    let wrapped = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let masked = text.chars().all(|c| "*•●.xX#?_-".contains(c));
    let variable = text.strip_prefix('$').is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
    });
    let whole = wrapped("<", ">") || wrapped("{", "}") || wrapped("[", "]") || wrapped("%", "%") || wrapped("__", "__");
    masked
        || variable
        || whole
        || text.contains("${")
        || text.contains("{{")
        || text.contains("%(")
        || text == "%s"
        || text == "{}"
}

/// Whether the text is prose, a URL or path, a format, code, or just says its own name again.
fn says_something_else(name: &str, text: &str) -> bool {
    let spaces = text.split_whitespace().count();
    let url = text.contains("://") || text.starts_with("mailto:") || text.starts_with("data:");
    let path =
        text.starts_with(['/', '.', '~']) && !text.contains(|c: char| "+=!@#$%^&*".contains(c)) && text.contains('/');
    let format = text.contains("{}") || text.contains("%s") || text.contains("%d") || text.contains("{0}");
    let code =
        text.ends_with("()") || text.contains("=>") || text.contains("process.env") || text.contains("os.environ");
    let qualified = text.split('.').count() > 2 && text.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_');
    spaces > 1 || url || path || format || code || qualified || names_itself(name, text) || words_of_code(text)
}

/// `password = "password"` names a field when the value is made of the words of the name, or of such words only.
fn names_itself(name: &str, text: &str) -> bool {
    const LABELS: &str = "password passwd pwd secret token api key access refresh bearer basic auth private user username \
        new old current confirm confirmation credentials credential client id field session string str \
        text hidden none null true false undefined required optional x csrf header db type name value \
        authorization input url";
    let own = words(name);
    let plain = text.chars().all(|c| c.is_alphabetic() || "_-. ".contains(c));
    plain && words(text).iter().all(|word| own.contains(word) || listed(LABELS, word))
}

/// An upper-case constant name (`DB_PASSWORD`) is the name of a variable of the environment.
fn words_of_code(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_') && credential_name(text).is_some()
}

/// Shannon entropy in bits a character.
pub fn entropy(text: &str) -> f64 {
    let mut chars: Vec<char> = text.chars().collect();
    chars.sort_unstable();
    let total = chars.len() as f64;
    chars.chunk_by(|a, b| a == b).map(|run| run.len() as f64 / total).map(|share| -share * share.log2()).sum()
}

/// The entropy from which text of this alphabet looks random: hexadecimal has less to choose from.
fn random_threshold(text: &str) -> f64 {
    if text.chars().all(|c| c.is_ascii_hexdigit()) {
        2.8
    } else if text.chars().all(|c| c.is_ascii_alphanumeric()) {
        3.5
    } else {
        3.7
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// A value that looks random, of the given length, made at run time: no scanner of secrets fires on this file.
    fn noise(length: usize) -> String {
        const LETTERS: &[u8] = b"aB3xK9mQ2wR7tY5pL1nZ8cV4jH6gF0dS";
        (0..length).map(|i| LETTERS[(i * 7 + i / 5) % LETTERS.len()] as char).collect()
    }

    fn hex(length: usize) -> String {
        (0..length).map(|i| char::from_digit(((i * 11 + i / 3) % 16) as u32, 16).unwrap()).collect()
    }

    #[test]
    fn names_are_split_in_every_convention() {
        for name in ["db_password", "dbPassword", "DB_PASSWORD", "db-password", "DBPassword", "db.password2"] {
            assert_eq!(words(name), ["db", "password"], "{name}");
        }
        assert_eq!(words("APIKey"), ["api", "key"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn names_and_values_that_are_credentials() {
        let random = noise(24);
        for (name, value, kind, confidence) in [
            ("password", "hunter2", Kind::Password, Confidence::Medium),
            ("DB_PASSWORD", "S3cure!Pass", Kind::Password, Confidence::High),
            ("dbPasswd", "letmein", Kind::Password, Confidence::Medium),
            ("db_pass", "letmein99", Kind::Password, Confidence::High),
            ("secret_key", "your_secret_key_here", Kind::Secret, Confidence::Medium),
            ("SECRET_KEY", "dev", Kind::Secret, Confidence::Medium),
            ("app.secret_key", "changeme", Kind::Secret, Confidence::Medium),
            ("client-secret", "supersecretvalue", Kind::Secret, Confidence::Medium),
            ("JWT_SECRET", "my-jwt-secret-123", Kind::Secret, Confidence::High),
            ("apiKey", random.as_str(), Kind::Secret, Confidence::High),
            ("privateKey", random.as_str(), Kind::Secret, Confidence::High),
            ("auth_token", random.as_str(), Kind::Secret, Confidence::High),
            ("encryptionKey", "0123456789abcdef", Kind::Secret, Confidence::High),
            ("password", "correct-horse-battery", Kind::Password, Confidence::Medium),
        ] {
            assert_eq!(judge(Some(name), value), Some(SecretKind { kind, confidence }), "{name} = {value}");
        }
    }

    #[test]
    fn names_and_values_that_are_not() {
        for (name, value) in [
            ("password", ""),
            ("password", "  "),
            ("password", "${DB_PASSWORD}"),
            ("password", "$DB_PASSWORD"),
            ("password", "{{ password }}"),
            ("password", "<password>"),
            ("password", "%s"),
            ("password", "%(password)s"),
            ("password", "****"),
            ("password", "xxxxxxxx"),
            ("password", "password"),
            ("new_password", "newPassword"),
            ("password", "DB_PASSWORD"),
            ("password", "Please enter your password"),
            ("token", "access_token"),
            ("token", "Bearer {}"),
            ("token", "bearer"),
            ("secret", "https://vault.example.com/v1/secret"),
            ("secret", "/run/secrets/db"),
            ("password_field", "passwd_input1"),
            ("token_url", "abc123def456"),
            ("secret_name", "prod1/db/main"),
            ("password_hash_algorithm", "pbkdf2_sha256"),
            ("PASSWORD_RESET_TEMPLATE", "reset1.html"),
            ("tokenizer", "bert-base-1"),
            ("pad_token", "[PAD]x1"),
            ("next_token", "abcdef123"),
            ("public_key", "abcdef123456"),
            ("primary_key", "user_id1"),
            ("csrf_token", "abcdef12345"),
            ("username", "administrator1"),
            ("keyboard", "qwerty123"),
            ("compass", "north1"),
            ("monkey", "george123"),
        ] {
            assert_eq!(judge(Some(name), value), None, "{name} = {value}");
        }
    }

    #[test]
    fn known_formats_count_under_any_name() {
        let upper: String = noise(60).to_uppercase().chars().filter(char::is_ascii_uppercase).take(16).collect();
        let letters: String = noise(80).chars().filter(char::is_ascii_alphabetic).take(34).collect();
        for (provider, value) in [
            ("AWS", format!("{}{upper}", "AKIA")),
            ("GitHub", format!("{}{}", "ghp_", noise(36))),
            ("GitHub", format!("{}{}", "github_pat_", noise(82))),
            ("GitLab", format!("{}{}", "glpat-", noise(20))),
            ("Slack", format!("{}{}", "xoxb-", noise(40))),
            ("Stripe", format!("{}{}", "sk_live_", noise(24))),
            ("Google", format!("{}{}", "AIza", noise(35))),
            ("npm", format!("{}{}", "npm_", noise(36))),
            ("Twilio", format!("{}{}", "SK", hex(32))),
            ("Hugging Face", format!("{}{letters}", "hf_")),
        ] {
            let judged = judge(None, &value).unwrap_or_else(|| panic!("{provider}: {value}"));
            assert_eq!(judged, SecretKind { kind: Kind::ProviderToken(provider), confidence: Confidence::High });
        }
        let jwt = format!("{}{}.{}{}.{}", "eyJ", noise(20), "eyJ", noise(30), noise(43));
        assert_eq!(judge(Some("x"), &jwt).unwrap().kind, Kind::JsonWebToken);
        let pem = format!("-----BEGIN {} KEY-----\n{}\n-----END", "RSA PRIVATE", noise(64));
        assert_eq!(judge(None, &pem).unwrap().kind, Kind::PrivateKey);
    }

    #[test]
    fn connection_strings_with_a_password() {
        for value in [
            "postgres://app:s3cr3t@db.example.com/main",
            "mongodb+srv://root:hunter2@cluster0.example.net",
            "redis://:p4ss@cache:6379/0",
            "postgres://user:password@localhost/db",
            "Server=db;Database=main;User Id=sa;Password=Sup3r;",
            "host=db user=app password=hunter2",
            "shop:hunter2@tcp(db:3306)/shop?parseTime=true",
        ] {
            assert_eq!(judge(Some("dsn"), value).map(|found| found.kind), Some(Kind::ConnectionString), "{value}");
        }
        for value in [
            "postgres://db.example.com/main",
            "postgres://app@db.example.com/main",
            "postgres://user:${PASSWORD}@host/db",
            "postgres://user:<pw>@host/db",
            "shop:%s@tcp(db:3306)/shop",
            "shop@tcp(db:3306)/shop",
            "https://example.com:8080/a@b",
            "Server=db;Database=main;Integrated Security=true",
            "SELECT * FROM users WHERE password = ?",
        ] {
            assert_eq!(judge(Some("dsn"), value), None, "{value}");
        }
    }

    #[test]
    fn what_stands_for_a_credential_is_told_from_one() {
        for text in ["your_password", "YOUR-DB-PASS", "changeme", "change_me", "<password>", "replace_with_password"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["password", "root", "hunter2", "securepassword", "change", "yourself1"] {
            assert!(!is_placeholder(text), "{text}");
        }
        assert!(says_what_it_is("db_password") && !says_what_it_is("root") && !says_what_it_is(""));
        let confidence = |name: &str, value: &str| judge(Some(name), value).map(|found| found.confidence);
        for (name, value) in [("db_password", "your_db_password"), ("api_key", "your-api-key-1234")] {
            assert_eq!(confidence(name, value), Some(Confidence::Low), "{name} = {value}");
        }
        // Sessions are signed with a placeholder as with any other text.
        for (name, value) in [("secret_key", "your-secret-key-here"), ("JWT_SECRET", "changeme-please-1")] {
            assert!(confidence(name, value) >= Some(Confidence::Medium), "{name} = {value}");
        }
        for (value, expected) in [
            ("user:password@tcp(localhost:3306)/db", Confidence::Low),
            ("postgres://username:password@localhost/db", Confidence::Low),
            ("root:password@tcp(localhost:3306)/db", Confidence::Medium),
            ("user:hunter2@tcp(localhost:3306)/db", Confidence::High),
        ] {
            assert_eq!(confidence("dsn", value), Some(expected), "{value}");
        }
    }

    #[test]
    fn hashes_of_passwords() {
        let hash = format!("$2a$12${}", noise(53));
        for name in ["passwordHash", "admin", "StoredHash"] {
            assert_eq!(judge(Some(name), &hash).map(|found| found.kind), Some(Kind::Password), "{name}");
        }
        for (name, value) in [
            ("dummyHash", hash.as_str()),
            ("passwordHash", "sha256"),
            ("prefix", "$2a$"),
            ("passwordHash", "$2b$10$eW5vZGVtb2R1c2VyQGV4YW1wbGUuY29t"),
        ] {
            assert_eq!(judge(Some(name), value), None, "{name} = {value}");
        }
        assert_eq!(judge(None, &hash), None);
    }

    #[test]
    fn placeholders_in_a_known_format_do_not_count() {
        for value in [format!("{}{}", "AKIA", "X".repeat(16)), format!("{}{}", "ghp_", "x".repeat(36))] {
            assert_eq!(judge(None, &value), None, "{value}");
        }
        assert_eq!(judge(None, "-----BEGIN PRIVATE KEY-----"), None);
        assert_eq!(judge(None, &noise(40)), None);
    }

    #[test]
    fn entropy_in_bits() {
        assert!((entropy("aaaa") - 0.0).abs() < 1e-9);
        assert!((entropy("abcd") - 2.0).abs() < 1e-9);
        assert!(entropy("").abs() < 1e-9);
    }
}
