use super::{fix, flask};

const RULE: &str = "password-hash-without-work-factor";

#[test]
fn python_passwords() {
    let text = "import hashlib\n\n\nclass Account:\n    def set_password(self, new_password):\n        self.digest = hashlib.new(\"sha256\", new_password.encode()).hexdigest()\n";
    let fixed = fix("a.py", text, RULE, "password-hash").unwrap();
    let wanted = "import hashlib\nimport os\n\n\ndef _hash_password(password: str) -> str:\n    \"\"\"The salted scrypt hash of a password, as salt$digest in hexadecimal.\"\"\"\n    salt = os.urandom(16)\n    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)\n    return salt.hex() + \"$\" + digest.hex()\n\n\nclass Account:\n    def set_password(self, new_password):\n        self.digest = _hash_password(new_password)\n";
    assert_eq!(fixed, wanted);
    let weak = flask(
        "import hashlib",
        "password = request.form[\"password\"]\nstored = hashlib.md5(password.encode()).hexdigest()\nreturn stored\n",
    );
    assert!(
        fix("a.py", &weak, "weak-hash", "password-hash").unwrap().contains("    stored = _hash_password(password)\n")
    );
    let cost = "import bcrypt\n\nsalt = bcrypt.gensalt(4)\n";
    assert_eq!(fix("a.py", cost, RULE, "password-hash").unwrap(), cost.replace('4', "12"));
}

#[test]
fn javascript_passwords() {
    let text = "import { createHash } from 'crypto';\n\nexport function register(password: string): string {\n  return createHash('sha256').update(password).digest('hex');\n}\n";
    let fixed = fix("a.ts", text, RULE, "password-hash").unwrap();
    assert!(fixed.contains("function saltedPasswordHash(password: string): string {"), "{fixed}");
    assert!(
        fixed.contains(
            "export function register(password: string): string {\n  return saltedPasswordHash(password);\n}"
        ),
        "{fixed}"
    );
}

#[test]
fn a_salt_that_is_there_is_used() {
    let cases = [
        (
            "a.py",
            "import hashlib\n\n\ndef make(password, salt):\n    return hashlib.sha256((salt + password).encode()).hexdigest()\n",
            "hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()",
        ),
        (
            "a.py",
            "import hashlib\nimport os\n\n\ndef make(password):\n    salt = os.urandom(16)\n    return salt.hex() + hashlib.sha256(salt + password.encode()).hexdigest()\n",
            "hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()",
        ),
        (
            "a.js",
            "const crypto = require('crypto');\n\nfunction make(password, salt) {\n  return crypto.createHash('sha256').update(password + salt).digest('hex');\n}\n",
            "return crypto.scryptSync(password, salt, 64).toString('hex');",
        ),
    ];
    for (path, before, after) in cases {
        let fixed = fix(path, before, RULE, "password-hash").unwrap_or_default();
        assert!(fixed.contains(after), "{before}\n{fixed}");
    }
}

#[test]
fn a_hash_that_is_compared_stays() {
    let cases = [
        "import hashlib\n\n\ndef verify(password, stored):\n    return hashlib.sha256(password.encode()).hexdigest() == stored\n",
        "import hashlib\n\n\ndef make(password):\n    return hashlib.sha256(password.encode()).hexdigest()\n\n\ndef enter(user, password):\n    return make(password) == user.stored\n",
        "import hashlib\n\n\ndef find(db, password):\n    value = hashlib.sha256(password.encode()).hexdigest()\n    return db.execute(\"SELECT id FROM users WHERE password = ?\", (value,))\n",
        "import hashlib\n\n\ndef make(password, pepper):\n    return hashlib.sha256((pepper + password).encode()).hexdigest()\n",
    ];
    for case in cases {
        assert_eq!(fix("a.py", case, RULE, "password-hash"), None, "{case}");
    }
}

#[test]
fn a_hash_that_another_function_checks_stays() {
    let text = "import hashlib\n\n\nclass Accounts:\n    def register(self, name, password):\n        hashed = hashlib.sha256(password.encode()).hexdigest()\n        self.db.add(name, hashed)\n\n    def enters(self, name, password):\n        row = self.db.get(name)\n        return row.password == hashlib.sha256(password.encode()).hexdigest()\n";
    assert!(fix("a.py", text, RULE, "password-hash").is_none());
}
