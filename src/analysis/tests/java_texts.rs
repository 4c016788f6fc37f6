//! Texts, their characters and names for objects in Java: what is data still, and what no longer.

use super::check;

/// A class with a method that has these statements, and with these other methods.
fn page(statements: &str, more: &str) -> String {
    format!(
        "import java.io.*;\nimport java.util.*;\nimport javax.servlet.http.*;\n\nclass Page {{\n  \
         void show(HttpServletRequest request, PrintWriter unused, HttpServletResponse response) throws IOException {{\n    \
         String name = request.getParameter(\"name\");\n    response.setContentType(\"text/html\");\n{statements}\n  }}\n{more}\n}}\n"
    )
}

/// Whether what `clean` gives may be written into a page.
#[track_caller]
fn cleaned(clean: &str, safe: bool) {
    let mark = if safe { "" } else { " // ^ cross-site-scripting" };
    check("Page.java", &page(&format!("    response.getWriter().println(\"x\" + clean(name));{mark}"), clean));
}

fn each(body: &str) -> String {
    format!(
        "String clean(String s) {{ StringBuilder b = new StringBuilder(); \
         for (int i = 0; i < s.length(); i++) {{ char c = s.charAt(i); {body} }} return b.toString(); }}"
    )
}

#[test]
fn characters_put_together_again_are_the_text() {
    cleaned(&each("b.append(c);"), false);
    cleaned(&each("b.append(Character.toLowerCase(c));"), false);
    cleaned("String clean(String s) { String r = \"\"; for (char c : s.toCharArray()) r += c; return r; }", false);
    cleaned("long clean(String s) { long h = 7; for (char c : s.toCharArray()) h = h * 31 + c; return h; }", true);
}

#[test]
fn what_is_left_of_a_text_by_its_characters() {
    cleaned(&each("if (Character.isLetterOrDigit(c)) b.append(c);"), true);
    cleaned(&each("if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') b.append(c);"), true);
    cleaned(&each("if (c < 'a' || c > 'z') continue; b.append(c);"), true);
    cleaned(&each("if (\"abc\".indexOf(c) >= 0) b.append(c);"), true);
    cleaned(&each("if (c == '<') b.append(\"&lt;\"); else b.append(c);"), true);
    cleaned(&each("if (c != '<') b.append(c);"), true);
    cleaned(&each("if (c == '\"') b.append(\"&quot;\"); else b.append(c);"), false);
}

#[test]
fn escapers_put_something_else_in_for_a_character() {
    let arms = |of: &str| format!("switch (c) {{ case '<': b.append(\"{of}\"); break; default: b.append(c); }}");
    cleaned(&each(&arms("&lt;")), true);
    cleaned(&each(&arms("<")), false);
    cleaned(&each("switch (c) { case '>': b.append(\"&gt;\"); break; default: b.append(c); }"), false);
}

#[test]
fn quotes_do_harm_inside_attributes_and_scripts() {
    check(
        "Page.java",
        &page(
            r#"
    String text = name.replace("<", "&lt;");
    response.getWriter().println("<p>" + text);
    response.getWriter().println("<p title='" + text); // ^ cross-site-scripting
    response.getWriter().println("<script>var a = '" + text); // ^ cross-site-scripting
    response.getWriter().println("<p title='" + text.replace("'", "&#39;"));
    response.getWriter().println("<p title='a'>" + text);
    response.getWriter().println(name.replace("<", "<")); // ^ cross-site-scripting
    if (name.matches("[^<>]+")) response.getWriter().println("<b>" + name);"#,
            "",
        ),
    );
}

#[test]
fn a_check_that_is_still_to_be_written_decides_nothing() {
    let store = "    if (known(name)) request.getSession().setAttribute(\"a\", name); // ^ trust-boundary-violation";
    check("Page.java", &page(store, "boolean known(String s) { return false; }"));
    let never = "    if (never()) request.getSession().setAttribute(\"a\", name);";
    check("Page.java", &page(never, "boolean never() { return false; }"));
    let constant = "    if (over(name, 3)) request.getSession().setAttribute(\"a\", name);";
    check("Page.java", &page(constant, "boolean over(String s, int n) { return n > 5; }"));
}

#[test]
fn an_object_has_all_that_is_done_to_it_under_any_name() {
    check(
        "Page.java",
        &page(
            r#"
    List<String> first = new ArrayList<>();
    List<String> second = first;
    second.add(name);
    response.getWriter().println(first.get(0)); // ^ cross-site-scripting
    List<String> third = new ArrayList<>();
    List<String> fourth = third;
    fourth = new ArrayList<>();
    fourth.add(name);
    third.add("a");
    response.getWriter().println(third.get(0));
    StringBuffer one = new StringBuffer("x");
    StringBuffer other = one;
    other.append(name);
    response.getWriter().println(one.toString()); // ^ cross-site-scripting"#,
            "",
        ),
    );
}

#[test]
fn attributes_of_a_request_are_told_apart() {
    check(
        "Page.java",
        &page(
            r#"
    request.setAttribute("a", name);
    request.setAttribute("b", "b");
    response.getWriter().println(request.getAttribute("a")); // ^ cross-site-scripting
    response.getWriter().println(request.getAttribute("b"));"#,
            "",
        ),
    );
}
