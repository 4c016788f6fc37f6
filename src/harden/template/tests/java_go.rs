//! The fixers that write Java and Go.

use crate::harden::template::testing::{fixed, not_fixed, refused};

fn servlet(imports: &str, body: &str, rest: &str) -> String {
    let imports: String = imports.split(' ').filter(|i| !i.is_empty()).map(|i| format!("import {i};\n")).collect();
    format!(
        "import java.io.IOException;\n{imports}import javax.servlet.http.*;\n\npublic class A extends HttpServlet {{\n    \
         protected void doPost(HttpServletRequest req, HttpServletResponse resp) throws IOException {{\n        \
         String name = req.getParameter(\"name\");\n{body}    }}\n{rest}}}\n"
    )
}

fn handler(imports: &str, body: &str) -> String {
    let imports: String = imports.split(' ').map(|i| format!("\t\"{i}\"\n")).collect();
    format!(
        "package main\n\nimport (\n{imports})\n\nfunc show(w http.ResponseWriter, r *http.Request) {{\n\tname := r.FormValue(\"name\")\n{body}}}\n"
    )
}

const ESCAPE: &str = "\n    /** Writes what has a meaning in HTML as entities. */\n    private static String escapeHtml(Object value) {\n        return String.valueOf(value).replace(\"&\", \"&amp;\")\n            .replace(\"<\", \"&lt;\").replace(\">\", \"&gt;\").replace(\"\\\"\", \"&quot;\").replace(\"'\", \"&#39;\");\n    }\n";

#[test]
fn java_pages_are_escaped() {
    let rule = "cross-site-scripting";
    for (before, after) in [
        ("resp.getWriter().println(\"<p>\" + name);", "resp.getWriter().println(\"<p>\" + escapeHtml(name));"),
        ("resp.getWriter().println(name);", "resp.getWriter().println(escapeHtml(name));"),
        (
            "resp.getWriter().println(String.format(\"<p>%s</p>\", name));",
            "resp.getWriter().println(String.format(\"<p>%s</p>\", escapeHtml(name)));",
        ),
        (
            "resp.getWriter().printf(\"<p title='%s'>%n\", name);",
            "resp.getWriter().printf(\"<p title='%s'>%n\", escapeHtml(name));",
        ),
    ] {
        let got = fixed("A.java", &servlet("", &format!("        {before}\n"), ""), rule);
        assert_eq!(got, servlet("", &format!("        {after}\n"), ESCAPE));
        not_fixed("A.java", &got, rule);
    }
    let page = "        resp.getWriter().println(\"<p>\" + name);\n";
    let known = fixed("A.java", &servlet("org.owasp.encoder.Encode", page, ""), rule);
    assert!(
        known.contains("\"<p>\" + Encode.forHtml(String.valueOf(name)));") && !known.contains("escapeHtml"),
        "{known}"
    );
    let spring = fixed("A.java", &servlet("org.springframework.web.bind.annotation.GetMapping", page, ""), rule);
    assert!(spring.contains("import org.springframework.web.util.HtmlUtils;"), "{spring}");
    let script = "        resp.getWriter().println(\"<script>x = '\" + name + \"'</script>\");\n";
    refused("A.java", &servlet("", script, ""), rule);
}

#[test]
fn go_pages_are_escaped() {
    let rule = "cross-site-scripting";
    for (before, after) in [
        ("fmt.Fprintf(w, \"<p>%s</p>\", name)", "fmt.Fprintf(w, \"<p>%s</p>\", html.EscapeString(name))"),
        ("fmt.Fprint(w, \"<p>\"+name)", "fmt.Fprint(w, \"<p>\"+html.EscapeString(name))"),
        ("w.Write([]byte(\"<p>\" + name))", "w.Write([]byte(\"<p>\" + html.EscapeString(name)))"),
        (
            "fmt.Fprintf(w, \"<p>%v</p>\", r.Form[\"a\"])",
            "fmt.Fprintf(w, \"<p>%v</p>\", html.EscapeString(fmt.Sprintf(\"%v\", r.Form[\"a\"])))",
        ),
    ] {
        let got = fixed("a.go", &handler("fmt net/http", &format!("\t{before}\n")), rule);
        assert_eq!(got, handler("fmt html net/http", &format!("\t{after}\n")));
        not_fixed("a.go", &got, rule);
    }
    refused("a.go", &handler("fmt net/http", "\tfmt.Fprintf(w, \"<a href='%s'>x</a>\", name)\n"), rule);
}

#[test]
fn logged_values_lose_their_line_breaks() {
    let rule = "log-injection";
    let logger = "    private static final java.util.logging.Logger LOG = java.util.logging.Logger.getLogger(\"a\");\n";
    let java = |text: &str| servlet("", &format!("        LOG.info({text});\n"), logger);
    let cleaned = "String.valueOf(name).replaceAll(\"[\\r\\n]\", \"\")";
    assert_eq!(fixed("A.java", &java("\"hello \" + name"), rule), java(&format!("\"hello \" + {cleaned}")));
    assert_eq!(fixed("A.java", &java("name"), rule), java(cleaned));
    let go = |imports, text: &str| handler(imports, &format!("\tlog.Printf({text})\n\tw.WriteHeader(200)\n"));
    let cleaned = "strings.ReplaceAll(strings.ReplaceAll(name, \"\\r\", \"\"), \"\\n\", \"\")";
    assert_eq!(
        fixed("a.go", &go("log net/http", "\"hello %s\", name"), rule),
        go("log net/http strings", &format!("\"hello %s\", {cleaned}"))
    );
}

#[test]
fn uploads_of_another_kind_are_refused() {
    let rule = "unrestricted-upload";
    let rest = "        resp.getWriter().write(\"ok\");\n";
    let read = "        Part part = req.getPart(\"pdf\");\n        String file = part.getSubmittedFileName();\n        if (file == null) {\n            return;\n        }\n";
    let save = "        part.write(\"up/\" + file);\n";
    let check = "        if (file == null || !file.toLowerCase().endsWith(\".pdf\")) {\n            resp.setStatus(400);\n            return;\n        }\n";
    assert_eq!(
        fixed("A.java", &servlet("", &format!("{read}{save}{rest}"), ""), rule),
        servlet("", &format!("{read}{check}{save}{rest}"), "")
    );
    let plain = read.replace("pdf", "thing");
    refused("A.java", &servlet("", &format!("{plain}{save}"), ""), rule);
    let read = "\t_, header, err := r.FormFile(\"csv\")\n\tif err != nil {\n\t\treturn\n\t}\n";
    let save = "\tos.Create(filepath.Join(\"up\", header.Filename))\n\tw.Write([]byte(name))\n";
    let check = "\tif !strings.HasSuffix(strings.ToLower(header.Filename), \".csv\") {\n\t\thttp.Error(w, \"this type of file is not accepted\", http.StatusBadRequest)\n\t\treturn\n\t}\n";
    let imports = "net/http os path/filepath";
    assert_eq!(
        fixed("a.go", &handler(imports, &format!("{read}{save}")), rule),
        handler(&format!("{imports} strings"), &format!("{read}{check}{save}"))
    );
}

const HASH: &str = "        try {\n            MessageDigest md = MessageDigest.getInstance(\"SHA-256\");\n            byte[] hash = md.digest(password.getBytes());\n            store(hash);\n        } catch (NoSuchAlgorithmException e) {\n            throw new IllegalStateException(e);\n        }\n";

#[test]
fn java_passwords_are_hashed_with_work() {
    let rule = "password-hash-without-work-factor";
    let imports = "java.security.MessageDigest java.security.NoSuchAlgorithmException";
    let password = "        String password = req.getParameter(\"password\");\n";
    let store = "    void store(byte[] hash) {\n    }\n";
    let got = fixed("A.java", &servlet(imports, &format!("{password}{HASH}"), store), rule);
    assert!(got.contains("byte[] hash = saltedPasswordHash(password);\n            store(hash);"), "{got}");
    assert!(!got.contains("MessageDigest md"), "{got}");
    assert!(got.contains("saltedPasswordHash(String password) throws NoSuchAlgorithmException {"), "{got}");
    assert!(got.contains("import javax.crypto.SecretKeyFactory;\n"), "{got}");
    not_fixed("A.java", &got, rule);
    let compared =
        "    boolean same(byte[] hash, byte[] stored) {\n        return MessageDigest.isEqual(hash, stored);\n    }\n";
    refused("A.java", &servlet(imports, &format!("{password}{HASH}"), &format!("{store}{compared}")), rule);
}

#[test]
fn yaml_is_read_as_data() {
    let rule = "unsafe-deserialization";
    let read = |made: &str| format!("        Yaml yaml = new Yaml({made});\n        Object data = yaml.load(name);\n");
    let got = fixed("A.java", &servlet("org.yaml.snakeyaml.Yaml", &read(""), ""), rule);
    let imports =
        "org.yaml.snakeyaml.LoaderOptions org.yaml.snakeyaml.Yaml org.yaml.snakeyaml.constructor.SafeConstructor";
    assert_eq!(got, servlet(imports, &read("new SafeConstructor(new LoaderOptions())"), ""));
}

#[test]
fn xml_parsers_take_no_document_types() {
    let rule = "xxe";
    let feature = "setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true);";
    let parse = "        builder.parse(req.getInputStream());\n";
    let method = |body: &str| {
        servlet("javax.xml.parsers.* javax.xml.stream.XMLInputFactory javax.xml.stream.XMLStreamReader", body, "")
    };
    for (before, after) in [
        (
            format!("        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();\n        DocumentBuilder builder = f.newDocumentBuilder();\n{parse}"),
            format!("        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();\n        f.{feature}\n        DocumentBuilder builder = f.newDocumentBuilder();\n{parse}"),
        ),
        (
            format!("        DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();\n{parse}"),
            format!("        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();\n        factory.{feature}\n        DocumentBuilder builder = factory.newDocumentBuilder();\n{parse}"),
        ),
        (
            "        XMLInputFactory f = XMLInputFactory.newInstance();\n        XMLStreamReader r = f.createXMLStreamReader(req.getInputStream());\n".to_string(),
            "        XMLInputFactory f = XMLInputFactory.newInstance();\n        f.setProperty(XMLInputFactory.SUPPORT_DTD, false);\n        XMLStreamReader r = f.createXMLStreamReader(req.getInputStream());\n".to_string(),
        ),
    ] {
        assert_eq!(fixed("A.java", &method(&before), rule), method(&after));
    }
}

#[test]
fn an_answer_that_passes_on_an_errors_text_gets_a_sentence() {
    let rule = "information-exposure";
    let work = |said: &str| {
        format!(
            "    private String work(String name) {{\n        try {{\n            return Integer.toString(Integer.parseInt(name));\n        }} catch (IllegalArgumentException e) {{\n{said}        }}\n    }}\n"
        )
    };
    let body = "        String result = work(name);\n        resp.setContentType(\"text/plain\");\n        resp.getWriter().write(result);\n";
    let got = fixed("A.java", &servlet("", body, &work("            return \"Not done: \" + e.getMessage();\n")), rule);
    assert!(
        got.contains("return \"Not done\";") && got.contains(".log(System.Logger.Level.ERROR, \"Not done\", e);"),
        "{got}"
    );
    let two = "        String error = null;\n        try {\n            Thread.sleep(Long.parseLong(name));\n        } catch (IllegalStateException e) {\n            error = \"Stopped: \" + e.getMessage();\n        } catch (IllegalArgumentException e) {\n            error = \"No number: \" + e.getMessage();\n        }\n        resp.setContentType(\"text/plain\");\n        resp.getWriter().write(String.format(\"failed: %s\", error));\n";
    let got = fixed("A.java", &servlet("", two, ""), rule);
    assert!(got.contains("error = \"Stopped\";") && got.contains("error = \"No number\";"), "{got}");
    assert!(got.contains("String.format(\"failed: %s\", error)"), "{got}");
}

#[test]
fn redirects_stay_on_the_site() {
    let rule = "open-redirect";
    let home = "!= null && {}.matches(\"/(?![\\\\s/\\\\\\\\]).*\") ? {} : \"/\"";
    let checked = |name: &str| format!("{name} {}", home.replace("{}", name));
    for (before, after) in [
        (
            "        resp.sendRedirect(name);\n".to_string(),
            format!("        resp.sendRedirect({});\n", checked("name")),
        ),
        (
            "        resp.sendRedirect(req.getParameter(\"to\"));\n".to_string(),
            format!(
                "        String target = req.getParameter(\"to\");\n        resp.sendRedirect({});\n",
                checked("target")
            ),
        ),
    ] {
        let got = fixed("A.java", &servlet("", &before, ""), rule);
        assert_eq!(got, servlet("", &after, ""));
        not_fixed("A.java", &got, rule);
    }
    refused("A.java", &servlet("", "        resp.sendRedirect(\"http://\" + name);\n", ""), rule);
    let guard = "\tif !strings.HasPrefix(name, \"/\") || strings.HasPrefix(name, \"//\") || strings.HasPrefix(name, \"/\\\\\") {\n\t\tname = \"/\"\n\t}\n";
    let redirect = "\thttp.Redirect(w, r, name, http.StatusFound)\n";
    let got = fixed("a.go", &handler("net/http", redirect), rule);
    assert_eq!(got, handler("net/http strings", &format!("{guard}{redirect}")));
    not_fixed("a.go", &got, rule);
}

#[test]
fn headers_lose_line_breaks() {
    let java = |value: &str| servlet("", &format!("        resp.setHeader(\"X-Name\", \"a \" + {value});\n"), "");
    let cleaned = "String.valueOf(name).replaceAll(\"[\\r\\n]\", \"\")";
    assert_eq!(fixed("A.java", &java("name"), "header-injection"), java(cleaned));
}

#[test]
fn signatures_are_compared_in_one_time() {
    let go = |equal: &str, import: &str| {
        format!(
            "package main\n\nimport (\n{import}\t\"crypto/hmac\"\n\t\"crypto/sha256\"\n)\n\nfunc valid(key, text, given []byte) bool {{\n\tmac := hmac.New(sha256.New, key)\n\tmac.Write(text)\n\treturn {equal}(mac.Sum(nil), given)\n}}\n"
        )
    };
    let got = fixed("a.go", &go("bytes.Equal", "\t\"bytes\"\n"), "timing-attack");
    assert!(got.contains("return hmac.Equal(mac.Sum(nil), given)"), "{got}");
}

#[test]
fn a_cookie_of_go_is_secured_where_it_is_made() {
    let cookie = |more: &str| {
        let value = "\tcookie := &http.Cookie{\n\t\tName:  \"session\",\n\t\tValue: name,\n";
        handler("net/http", &format!("{value}{more}\t}}\n\thttp.SetCookie(w, cookie)\n"))
    };
    let got = fixed("a.go", &cookie(""), "insecure-cookie");
    assert_eq!(got, cookie("\t\tSecure: true,\n\t\tHttpOnly: true,\n"));
}

#[test]
fn java_starts_programs_of_the_system_with_hosts_alone() {
    let body = |check: &str, program: &str| {
        format!(
            "        String host = req.getParameter(\"host\");\n{check}        Process p = Runtime.getRuntime().exec({program} + host);\n        resp.setStatus(p.isAlive() ? 200 : 500);\n"
        )
    };
    let check = "        if (host == null || !host.matches(\"[A-Za-z0-9][A-Za-z0-9.:/_-]*\")) {\n            resp.setStatus(400);\n            return;\n        }\n";
    let got = fixed("A.java", &servlet("", &body("", "\"ping -c 1 \""), ""), "command-injection");
    assert_eq!(got, servlet("", &body(check, "\"ping -c 1 \""), ""));
    let got = fixed("A.java", &got, "relative-path-command");
    assert!(got.contains("exec(systemProgram(\"ping\") + \" -c 1 \" + host);"), "{got}");
    assert!(got.contains("private static String systemProgram(String name) throws IOException {"), "{got}");
    not_fixed("A.java", &got, "relative-path-command");
    let other = body("", "\"ls \"").replace("host", "pattern");
    refused("A.java", &servlet("", &other, ""), "command-injection");
}
