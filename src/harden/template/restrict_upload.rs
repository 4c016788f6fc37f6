//! `restrict-upload`: an uploaded file is not stored under the name that the client chose as it is.

use super::contain_path::secured_name;
use crate::harden::{Candidate, Task};

/// Secures the name in Flask; which types of file a program wants is not for a template to say.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if task.is_python() { secured_name(task, "restrict-upload") } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::testing::fixed;

    #[test]
    fn the_uploaded_name_is_secured() {
        let head = "import os\nfrom flask import Flask, request\nfrom werkzeug.utils import secure_filename\n\napp = Flask(__name__)\n\n\n@app.route(\"/\", methods=[\"POST\"])\ndef index():\n    up = request.files[\"f\"]\n";
        let before = "    name = up.filename\n    up.save(os.path.join(\"up\", name))\n    return \"ok\"\n";
        let after =
            "    name = secure_filename(up.filename)\n    up.save(os.path.join(\"up\", name))\n    return \"ok\"\n";
        assert_eq!(fixed("a.py", &format!("{head}{before}"), "unrestricted-upload"), format!("{head}{after}"));
    }
}
