//! What becomes of results: names, nothing, or something else.

use super::check;

fn stored(body: &str, marked: bool) -> String {
    let mark = if marked { "  # ^ weak-hash" } else { "" };
    format!(
        "import hashlib\nimport logging\nimport os\n\n\ndef store(data, sent, cache):\n    digest = hashlib.md5(data).hexdigest(){mark}\n{body}\n"
    )
}

#[test]
fn digests_that_only_name_something_are_no_weakness() {
    for body in [
        "    open(digest + '.bin', 'wb').write(data)",
        "    path = os.path.join('files', f'{digest}.bin')\n    with open(path, 'wb') as out:\n        out.write(data)",
        "    logging.info('stored %s', digest)\n    cache.set('page-%s' % digest[:8], data)",
        "    file_name = digest + '.bin'\n    return file_name",
    ] {
        check("a.py", &stored(body, false));
    }
}

#[test]
fn one_other_use_is_enough_to_report_a_digest() {
    for body in [
        "    open(digest + '.bin', 'wb').write(data)\n    return digest",
        "    open(digest, 'wb').write(data)\n    if digest == sent:\n        return True",
        "    open('all.bin', 'wb').write(digest)",
        "    store.last = digest\n    open(digest, 'wb').write(data)",
        "    send(digest)",
        "    cache.set('sum', digest)",
        "    pass",
    ] {
        check("a.py", &stored(body, true));
    }
}

#[test]
fn what_a_private_function_returns_is_followed_to_its_callers() {
    let class = |access: &str, use_of: &str, mark: &str| {
        format!(
            "import java.io.*;\nimport java.math.BigInteger;\nimport java.security.MessageDigest;\n\nclass A {{\n    void store(byte[] data) throws Exception {{\n        String sum = sum(data);\n        {use_of}\n    }}\n\n    {access} String sum(byte[] data) throws Exception {{\n        MessageDigest md = MessageDigest.getInstance(\"MD5\");{mark}\n        return new BigInteger(1, md.digest(data)).toString(16);\n    }}\n}}\n"
        )
    };
    let file = "new FileOutputStream(new File(\"files\", sum)).write(data);";
    check("A.java", &class("private", file, ""));
    check("A.java", &class("public", file, " // ^ weak-hash"));
    check("A.java", &class("private", "send(sum);", " // ^ weak-hash"));
}

#[test]
fn a_fallback_is_called_so() {
    use crate::inspect::{Limits, inspect};
    use crate::rules::Library;
    let message = |code: &str| {
        let found = inspect("a.py", code.as_bytes(), Library::built_in(), Limits::default()).findings;
        let credential = found.into_iter().find(|f| f.rule == "hard-coded-credentials").expect("the finding");
        credential.message
    };
    let app = "import os\nfrom flask import Flask\n\napp = Flask(__name__)\n";
    let fallback = message(&format!("{app}app.secret_key = os.environ.get('KEY', 'hd72-Jk9s-Qp2x')\n"));
    assert!(fallback.ends_with("as the fallback where the environment does not set it"), "{fallback}");
    let fixed = message(&format!("{app}app.secret_key = 'hd72-Jk9s-Qp2x'\n"));
    assert!(!fixed.contains("fallback"), "{fixed}");
    let named = message("import os\n\nAPI_PASSWORD = os.getenv('API_PASSWORD') or 'hd72-Jk9s-Qp2x'\n");
    assert!(named.ends_with("as the fallback where the environment does not set it"), "{named}");
}
