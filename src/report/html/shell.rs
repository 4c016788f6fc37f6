//! What every page of this program is made in: the template engine, the base style and the security policy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use sha2::{Digest, Sha256};

/// The style of the gate's page: colours of both schemes, type, code, diffs, tables, filters. Other pages add to it.
pub const STYLE: &str = include_str!("page.css");

/// The macros that templates import as `macros`.
pub const MACROS: (&str, &str) = ("macros", include_str!("macros.html"));

/// An engine with these templates, by name. It escapes everything for HTML, and an unknown name in a template is an error.
pub fn environment(templates: &[(&'static str, &'static str)]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default());
    for (name, text) in templates {
        // A template that cannot be read is missing when it is asked for; the tests ask for each.
        let _ = environment.add_template(name, text);
    }
    environment
}

/// What a page may do: apply its own style and run its own script, each known by the hash of its text.
pub fn content_security_policy(script: &str, style: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(script),
        hash(style)
    )
}
