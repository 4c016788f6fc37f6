//! What the engine makes of Java: pairs of flows that are there and look-alikes that are not.

use super::check;
use crate::inspect::{Limits, inspect};
use crate::rules::Library;

/// A file with a servlet whose method has this body; `more` stands beside the method, `other` behind the class.
fn servlet(body: &str, more: &str, other: &str) -> String {
    format!(
        "import java.io.*;\nimport java.util.*;\nimport java.util.function.*;\nimport java.util.stream.*;\nimport javax.servlet.http.*;\n\n\
         public class Page extends HttpServlet {{\n  private String field;\n  private static String shared;\n\n  \
         public void doPost(HttpServletRequest request, HttpServletResponse response) throws Exception {{\n    \
         String name = request.getParameter(\"name\");\n    {}\n  }}\n\n  {}\n}}\n\n{}\n",
        body.trim(),
        more.trim(),
        other.trim()
    )
}

/// What arrives at a file's name: data where `found` says so.
fn body(code: &str, value: &str, found: bool) -> String {
    let mark = if found { " // ^ path-traversal" } else { "" };
    format!("{code}\n    new FileInputStream({value});{mark}")
}

/// Whether data arrives in `bar`: each code with what is to be found.
#[track_caller]
fn cases(cases: &[(&str, bool)]) {
    let wrong: Vec<_> =
        cases.iter().filter(|(code, found)| arrives(&servlet(&body(code, "bar", false), "", "")) != *found).collect();
    assert!(wrong.is_empty(), "wrong: {wrong:#?}");
}

fn arrives(code: &str) -> bool {
    let inspected = inspect("Page.java", code.as_bytes(), Library::built_in(), Limits::default());
    inspected.findings.iter().any(|f| &*f.rule == "path-traversal")
}

#[test]
fn constant_conditions_leave_one_branch() {
    cases(&[
        ("int num = 106; String bar; if ((7 * 42) - num > 200) bar = \"safe\"; else bar = name;", true),
        ("int num = 86; String bar; if ((7 * 42) - num > 200) bar = \"safe\"; else bar = name;", false),
        ("int num = 106; String bar = (7 * 18) + num > 200 ? \"safe\" : name;", false),
        ("int num = 106; String bar = (7 * 18) + num > 300 ? \"safe\" : name;", true),
        ("int num = 196; String bar; if ((500 / 42) + num > 200) bar = name; else bar = \"safe\";", true),
        ("int num = 196; String bar; if ((500 / 42) + num < 200) bar = name; else bar = \"safe\";", false),
        ("String bar = name; boolean on = !true; if (on) { } else { bar = \"safe\"; }", false),
        ("String bar = \"safe\"; if (\"a\".equals(\"a\")) bar = name;", true),
        ("String bar = \"safe\"; if (\"a\".equals(\"b\")) bar = name;", false),
        ("String bar = \"safe\"; while (false) { bar = name; }", false),
    ]);
}

#[test]
fn a_switch_on_a_constant_takes_one_case() {
    let chosen = |at: u8, arms: &str| {
        format!("String guess = \"ABC\"; char target = guess.charAt({at}); String bar; switch (target) {{ {arms} }}")
    };
    let arms = "case 'A': bar = name; break; case 'B': bar = \"bob\"; break; case 'C': case 'D': bar = name; break; default: bar = \"bob's\"; break;";
    cases(&[(&chosen(0, arms), true), (&chosen(1, arms), false), (&chosen(2, arms), true)]);
    let rules = |n: u8| {
        format!(
            "int n = {n}; String bar = switch (n) {{ case 1 -> name; case 2 -> {{ yield \"two\"; }} default -> \"many\"; }};"
        )
    };
    cases(&[(&rules(1), true), (&rules(2), false), (&rules(3), false)]);
}

#[test]
fn what_is_overwritten_is_gone() {
    cases(&[
        ("String bar = name; bar = \"safe\";", false),
        ("String bar = \"safe\"; bar = name;", true),
        ("field = name; field = \"safe\"; String bar = field;", false),
        ("this.field = name; String bar = this.field;", true),
        ("String[] all = new String[2]; all[0] = name; all[1] = \"safe\"; String bar = all[1];", false),
        ("String[] all = new String[2]; all[0] = name; all[1] = \"safe\"; String bar = all[0];", true),
        ("String[] all = {\"safe\", name}; String bar = all[0];", false),
        ("String[] all = {\"safe\", name}; String bar = all[1];", true),
        ("String[] all = {\"safe\", name}; int i = 1; i--; String bar = all[i];", false),
    ]);
}

#[test]
fn lists_tell_their_elements_apart() {
    let list = |then: &str| {
        format!(
            "List<String> list = new ArrayList<String>(); list.add(\"safe\"); list.add(name); list.add(\"moresafe\"); {then}"
        )
    };
    cases(&[
        (&list("String bar = list.get(1);"), true),
        (&list("String bar = list.get(0);"), false),
        (&list("list.remove(0); String bar = list.get(0);"), true),
        (&list("list.remove(0); String bar = list.get(1);"), false),
        (&list("list.set(1, \"safe\"); String bar = list.get(1);"), false),
        (&list("list.clear(); String bar = list.get(0);"), false),
        (&list("String bar = \"\"; for (String each : list) bar += each;"), true),
        (&list("list.add(0, \"first\"); String bar = list.get(2);"), true),
        (&list("list.add(0, \"first\"); String bar = list.get(1);"), false),
        (&list("String bar = list.stream().map(s -> s + \"!\").collect(Collectors.joining());"), true),
        (&list("Iterator<String> it = list.iterator(); String bar = it.next();"), true),
        ("List<String> list = List.of(\"a\", name); String bar = list.get(0);", false),
        ("List<String> list = Arrays.asList(\"a\", name); String bar = list.get(1);", true),
        ("List<String> list = new ArrayList<>(); list.add(\"a\"); String bar = list.get(0); list.add(name);", false),
        ("LinkedList<String> list = new LinkedList<>(); list.addLast(name); String bar = list.getFirst();", true),
    ]);
}

#[test]
fn maps_tell_their_keys_apart() {
    let map = |then: &str| {
        format!(
            "Map<String, Object> map = new HashMap<String, Object>(); map.put(\"a\", \"a value\"); map.put(\"b\", name); map.put(\"c\", \"other\"); {then}"
        )
    };
    cases(&[
        (&map("String bar = (String) map.get(\"b\");"), true),
        (&map("String bar = (String) map.get(\"a\");"), false),
        (&map("String bar = (String) map.get(\"b\"); bar = (String) map.get(\"a\");"), false),
        (&map("map.put(\"b\", \"safe\"); String bar = (String) map.get(\"b\");"), false),
        (&map("map.remove(\"b\"); String bar = (String) map.get(\"b\");"), false),
        (&map("String bar = (String) map.getOrDefault(\"x\", name);"), true),
        (&map("String bar = \"\"; for (Object each : map.values()) bar += each;"), true),
        (&map("String bar = \"\"; for (Map.Entry<String, Object> e : map.entrySet()) bar += e.getValue();"), true),
        (&map("String bar = String.join(\",\", map.keySet());"), false),
        ("Map<String, String> map = Map.of(\"a\", \"x\", \"b\", name); String bar = map.get(\"a\");", false),
        ("Map<String, String> map = Map.of(\"a\", \"x\", \"b\", name); String bar = map.get(\"b\");", true),
    ]);
}

#[test]
fn builders_collect_what_is_put_into_them() {
    cases(&[
        ("StringBuilder sb = new StringBuilder(name); String bar = sb.append(\"x\").toString();", true),
        ("StringBuilder sb = new StringBuilder(\"x\"); sb.append(name); String bar = sb.toString();", true),
        (
            "StringBuilder sb = new StringBuilder(); sb.append(\"a\").append(name).append(\"b\"); String bar = sb.toString();",
            true,
        ),
        ("StringBuilder sb = new StringBuilder(\"x\"); sb.insert(0, name); String bar = sb.toString();", true),
        (
            "StringBuilder sb = new StringBuilder(name); sb = new StringBuilder(\"x\"); String bar = sb.toString();",
            false,
        ),
        ("StringBuilder sb = new StringBuilder(name); sb.setLength(0); String bar = sb.toString();", false),
        ("StringBuffer sb = new StringBuffer(); sb.append(name); String bar = sb.reverse().toString();", true),
        ("StringBuilder sb = new StringBuilder(name); String bar = \"\" + sb.length();", false),
        (
            "StringBuilder a = new StringBuilder(\"x\"); StringBuilder b = new StringBuilder(name); String bar = a.toString();",
            false,
        ),
    ]);
}

#[test]
fn strings_keep_their_data() {
    cases(&[
        ("String bar = name.trim().substring(1).toLowerCase();", true),
        ("String bar = String.format(\"%s-%s\", \"a\", name);", true),
        ("String bar = new String(name.getBytes(), \"UTF-8\");", true),
        ("char[] chars = name.toCharArray(); String bar = new String(chars);", true),
        ("String bar = String.valueOf(name.length());", false),
        ("String bar = \"x\".concat(name);", true),
        ("String bar = name.split(\",\")[0];", true),
        ("String bar = Integer.toString(Integer.parseInt(name));", false),
        ("String bar = Optional.ofNullable(name).orElse(\"\");", true),
        ("String bar = String.join(\"-\", \"a\", name);", true),
        ("String bar = Objects.requireNonNull(name);", true),
        ("String bar = String.format(\"%2$s\", name, \"a\");", false),
        ("String bar = String.format(Locale.US, \"%5s%%\", name);", true),
        ("String bar = \"%s-%s\".formatted(\"a\", name);", true),
        ("Object[] all = {\"a\", name}; String bar = String.format(\"%1$s\", all);", false),
    ]);
}

#[test]
fn helpers_of_the_file_are_followed() {
    let with = |call: &str, more: &str, other: &str, found: bool| {
        let code = servlet(&body(&format!("String bar = {call};"), "bar", found), more, other);
        assert_eq!(arrives(&code), found, "{call} {more} {other}");
    };
    with("pass(name)", "private String pass(String s) { String t = s; return t; }", "", true);
    with("constant(name)", "private String constant(String s) { return \"safe\"; }", "", false);
    with("Page.pass(name)", "static String pass(String s) { return s; }", "", true);
    with("clean(name)", "private String clean(String s) { return s.replaceAll(\"[^a-z]\", \"\"); }", "", false);
    with("new Inner().pass(name)", "private class Inner { String pass(String s) { return s; } }", "", true);
    with(
        "new Inner().pass(name)",
        "private class Inner { String pass(String s) { String t = s; t = \"safe\"; return t; } }",
        "",
        false,
    );
    with("Other.pass(name)", "", "class Other { static String pass(String s) { return s; } }", true);
    with("Other.pass(name)", "", "class Other { static String pass(String s) { return \"\" + s.length(); } }", false);
    with(
        "two(name, \"b\")",
        "String two(String a, String b) { return a; } String two(String a) { return \"safe\"; }",
        "",
        true,
    );
    with(
        "two(name)",
        "String two(String a, String b) { return a; } String two(String a) { return \"safe\"; }",
        "",
        false,
    );
    with("any(\"a\", name)", "String any(String... parts) { return parts[1]; }", "", true);
    with("recurse(name, 3)", "String recurse(String s, int n) { return n == 0 ? s : recurse(s, n - 1); }", "", true);
    with("pick(name, \"b\")", "String pick(String a, String b) { return b; }", "", false);
}

#[test]
fn objects_of_the_file_carry_their_own_data() {
    let with = |code: &str, other: &str, found: bool| {
        assert_eq!(arrives(&servlet(&body(code, "bar", found), "", other)), found, "{code} {other}");
    };
    let thing = "interface Thing { String doIt(String s); } \
        class First implements Thing { public String doIt(String s) { return s; } } \
        class Second implements Thing { public String doIt(String s) { return \"safe\"; } } \
        class Factory { static Thing first() { return new First(); } static Thing second() { return new Second(); } \
        Thing any(boolean first) { if (first) return new First(); return new Second(); } }";
    with("Thing thing = Factory.first(); String bar = thing.doIt(name);", thing, true);
    with("Thing thing = Factory.second(); String bar = thing.doIt(name);", thing, false);
    with("Thing thing = new Factory().any(true); String bar = thing.doIt(name);", thing, true);
    with("Thing thing = new Factory().any(false); String bar = thing.doIt(name);", thing, false);
    let holder = "class Holder { private String value; private String other = \"o\"; Holder(String v) { this.value = v; } \
        String getValue() { return value; } String getOther() { return other; } void setOther(String o) { other = o; } }";
    with("String bar = new Holder(name).getValue();", holder, true);
    with("String bar = new Holder(name).getOther();", holder, false);
    with("Holder h = new Holder(\"x\"); h.setOther(name); String bar = h.getOther();", holder, true);
    with("Holder h = new Holder(\"x\"); h.setOther(name); String bar = h.getValue();", holder, false);
    with("Holder a = new Holder(name); Holder b = new Holder(\"x\"); String bar = b.getValue();", holder, false);
    let one = "abstract class Base { String run(String s) { return step(s); } abstract String step(String s); } \
        class Only extends Base { String step(String s) { return \"x\"; } }";
    with("String bar = new Only().run(name);", one, false);
    let record = "record Pair(String left, String right) {}";
    with("Pair p = new Pair(name, \"x\"); String bar = p.left();", record, true);
    with("Pair p = new Pair(name, \"x\"); String bar = p.right();", record, false);
    let items = "enum Item { A, B; static Item of(String s) { return valueOf(s); } }";
    with("String bar = Item.of(name).name();", items, false);
}

#[test]
fn lambdas_and_anonymous_classes_are_code() {
    cases(&[
        ("Function<String, String> f = s -> s + \"x\"; String bar = f.apply(name);", true),
        ("Function<String, String> f = s -> \"x\"; String bar = f.apply(name);", false),
        ("Supplier<String> f = () -> name; String bar = f.get();", true),
        ("UnaryOperator<String> f = String::trim; String bar = f.apply(name);", true),
        ("String bar = Stream.of(name).map(s -> s.trim()).findFirst().get();", true),
        ("String bar = Optional.of(name).map(s -> \"x\").get();", false),
        ("String bar = new Object() { String get() { return name; } }.get();", true),
        ("String bar = \"\"; for (String s : new String[]{name}) { bar = s; }", true),
        (
            "Enumeration<String> names = request.getHeaders(\"x\"); String bar = \"\"; while (names.hasMoreElements()) { bar = names.nextElement(); }",
            true,
        ),
    ]);
    check(
        "Page.java",
        &servlet(
            "new Thread(new Runnable() { public void run() { try { new FileInputStream(name); // ^ path-traversal\n } catch (IOException e) { } } }).start();\n\
             List.of(name).forEach(n -> { try { new FileInputStream(n); // ^ path-traversal\n } catch (IOException e) { } });",
            "",
            "",
        ),
    );
}

#[test]
fn fields_are_shared_by_methods() {
    let page = |set: &str, found: &str| {
        servlet(set, &format!("void run() throws Exception {{ new FileInputStream(field);{found}\n }}"), "")
    };
    check("Page.java", &page("field = name; run();", " // ^ path-traversal"));
    check("Page.java", &page("field = \"safe\"; run();", ""));
    check("Page.java", &page("shared = name; field = shared; run();", " // ^ path-traversal"));
}

#[test]
fn names_taken_on_demand_are_looked_up() {
    let code = |import: &str, found: &str| {
        format!(
            "{import}\nimport javax.servlet.http.*;\n\nclass Page {{\n  void get(HttpServletRequest r) throws Exception {{\n    \
             new FileReader(r.getParameter(\"x\"));{found}\n  }}\n}}\n"
        )
    };
    check("Page.java", &code("import java.util.*;\nimport java.io.*;", " // ^ path-traversal"));
    check("Page.java", &code("import java.util.*;\nimport my.own.FileReader;", ""));
}

#[test]
fn parts_of_a_request_are_told_apart() {
    cases(&[
        (
            "String bar = \"\"; for (Cookie c : request.getCookies()) { if (c.getName().equals(\"x\")) { bar = java.net.URLDecoder.decode(c.getValue(), \"UTF-8\"); break; } }",
            true,
        ),
        (
            "Cookie[] cs = request.getCookies(); String bar = \"\"; if (cs != null) { for (Cookie c : cs) { if (\"x\".equals(c.getName())) bar = c.getValue(); } }",
            true,
        ),
        (
            "String bar = \"\"; Enumeration<String> names = request.getParameterNames(); boolean go = true; while (names.hasMoreElements() && go) { String n = names.nextElement(); String[] vs = request.getParameterValues(n); for (String v : vs) { if (v.equals(\"x\")) { bar = n; go = false; } } }",
            true,
        ),
        (
            "Map<String, String[]> map = request.getParameterMap(); String bar = \"\"; if (!map.isEmpty()) { String[] vs = map.get(\"x\"); if (vs != null) bar = vs[0]; }",
            true,
        ),
        (
            "String[] vs = request.getParameterValues(\"x\"); String bar; if (vs != null && vs.length > 0) bar = vs[0]; else bar = \"\";",
            true,
        ),
        (
            "String q = request.getQueryString(); String p = \"x=\"; int at = -1; if (q != null) at = q.indexOf(p); String bar = q.substring(at + p.length(), q.length()); int and = q.indexOf(\"&\", at); if (and != -1) { bar = q.substring(at + p.length(), and); } bar = java.net.URLDecoder.decode(bar, \"UTF-8\");",
            true,
        ),
        (
            "String bar = \"\"; if (request.getHeader(\"x\") != null) { bar = request.getHeader(\"x\"); } bar = java.net.URLDecoder.decode(bar, \"UTF-8\");",
            true,
        ),
        (
            "String bar = \"\"; Enumeration<String> hs = request.getHeaders(\"x\"); if (hs != null && hs.hasMoreElements()) { bar = hs.nextElement(); }",
            true,
        ),
        ("String bar = new String(Base64.getDecoder().decode(Base64.getEncoder().encode(name.getBytes())));", true),
        (
            "String bar = new String(org.apache.commons.codec.binary.Base64.decodeBase64(org.apache.commons.codec.binary.Base64.encodeBase64(name.getBytes())));",
            true,
        ),
        ("my.helpers.Thing thing = my.helpers.ThingFactory.createThing(); String bar = thing.doSomething(name);", true),
        ("Object o = name; String bar = o instanceof String s ? s : \"\";", true),
        (
            "Object o = name; String bar = switch (o) { case Integer i -> \"n\"; case String s -> s; default -> \"\"; };",
            true,
        ),
        ("String bar = null; try { bar = name; } finally { }", true),
        ("String bar = \"x\"; try { Integer.parseInt(\"1\"); } catch (NumberFormatException e) { bar = name; }", true),
        ("String bar = \"\"; do { bar = name; } while (false);", true),
        ("int n = Integer.parseInt(name); String bar = \"file\" + n;", false),
        ("String bar = \"a\"; if (!name.matches(\"[a-z]+\")) return; bar = name;", false),
        (
            "if (!Arrays.asList(\"a\", \"b\").contains(name)) { throw new IllegalArgumentException(); } String bar = name;",
            false,
        ),
        ("String bar; switch (name) { case \"a\": bar = \"first\"; break; default: bar = \"second\"; }", false),
        ("Map<String, String> known = Map.of(\"a\", \"x\"); String bar = known.get(name);", false),
        (
            "Map<String, String> known = new HashMap<>(); known.put(\"a\", \"x\"); String bar = known.getOrDefault(name, \"y\");",
            false,
        ),
    ]);
}

#[test]
fn layers_of_an_application_are_followed() {
    let with = |code: &str, other: &str, found: bool| {
        assert_eq!(arrives(&servlet(&body(code, "bar", found), "", other)), found, "{code} {other}");
    };
    let injected = "interface Store { String find(String s); } class FileStore implements Store { public String find(String s) { return \"/x/\" + s; } } \
        class Service { private final Store store; Service(Store store) { this.store = store; } String load(String s) { return store.find(s.trim()); } }";
    with("String bar = new Service(new FileStore()).load(name);", injected, true);
    with("String bar = new Service(new FileStore()).load(\"x\");", injected, false);
    let by_name = "interface Finder { String find(String s); } class Disk { String at(String s) { return \"/x/\" + s; } } \
        class OnDisk implements Finder { private final Disk disk; OnDisk(Disk disk) { this.disk = disk; } public String find(String s) { return disk.at(s); } } \
        class Uses { Finder finder; String load(String s) { return finder.find(s); } }";
    with("String bar = new Uses().load(name);", by_name, true);
    with("String bar = new Uses().load(\"a\");", by_name, false);
    let base = "abstract class Base { String run(String s) { return wrap(step(s)); } String wrap(String s) { return s; } abstract String step(String s); } \
        class Upper extends Base { String step(String s) { return s.toUpperCase(); } } class Fixed extends Base { String step(String s) { return \"x\"; } }";
    with("String bar = new Upper().run(name);", base, true);
    with("String bar = new Fixed().run(name);", base, false);
    let builder = "class Query { String where; int limit; static class Builder { private String where; Builder where(String w) { this.where = w; return this; } \
        Builder limit(int n) { return this; } Query build() { Query q = new Query(); q.where = this.where; return q; } } }";
    with("String bar = new Query.Builder().where(name).limit(3).build().where;", builder, true);
    with("String bar = new Query.Builder().where(\"a\").limit(3).build().where;", builder, false);
    let generic = "class Box<T> { private T value; Box(T v) { value = v; } T get() { return value; } <R> Box<R> map(java.util.function.Function<T, R> f) { return new Box<>(f.apply(value)); } }";
    with("String bar = new Box<>(name).get();", generic, true);
    with("String bar = new Box<>(name).map(s -> s + \"!\").get();", generic, true);
    with("String bar = new Box<>(name).map(s -> \"!\").get();", generic, false);
    with("my.User u = new my.User(); u.setName(name); String bar = u.getName();", "", true);
    with("my.User u = new my.User(); u.setName(name); u.setMail(\"m\"); String bar = u.getMail();", "", false);
    with("my.User u = new my.User(); u.setName(name); u.setName(\"x\"); String bar = u.getName();", "", false);
    with("my.User u = new my.User(); u.setName(name); String bar = my.Names.of(u);", "", true);
    let bean = "@lombok.Data class Bean { private String name; private String mail; private boolean on; }";
    with("Bean u = new Bean(); u.setName(name); String bar = u.getName();", bean, true);
    with("Bean u = new Bean(); u.setName(name); String bar = u.getMail();", bean, false);
    let later = "class Later { static String text(String s) throws Exception { return java.util.concurrent.CompletableFuture.supplyAsync(() -> s).get(); } }";
    with("String bar = Later.text(name);", later, true);
    let loops = "class Loops { static String last(String[] all) { String out = \"\"; for (int i = 0; i < all.length; i++) { out = all[i]; } return out; } }";
    with("String bar = Loops.last(new String[]{\"a\", name});", loops, true);
    let swap = "class Swap { static void fill(StringBuilder sb, String s) { sb.append(s); } static void put(Map<String, String> m, String s) { m.put(\"k\", s); } \
        static void add(List<String> l, String s) { l.add(s); } static void into(String[] a, String s) { a[0] = s; } }";
    with("StringBuilder sb = new StringBuilder(); Swap.fill(sb, name); String bar = sb.toString();", swap, true);
    with("Map<String, String> m = new HashMap<>(); Swap.put(m, name); String bar = m.get(\"k\");", swap, true);
    with("List<String> l = new ArrayList<>(); Swap.add(l, name); String bar = l.get(0);", swap, true);
    with("String[] a = new String[1]; Swap.into(a, name); String bar = a[0];", swap, true);
    let exception = "class Bad extends Exception { Bad(String m) { super(m); } }";
    with("String bar = \"\"; try { throw new Bad(name); } catch (Bad e) { bar = e.getMessage(); }", exception, true);
    let chain = "class Chain { private StringBuilder sb = new StringBuilder(); Chain add(String s) { sb.append(s); return this; } String done() { return sb.toString(); } }";
    with("String bar = new Chain().add(\"a\").add(name).done();", chain, true);
    with("String bar = new Chain().add(\"a\").add(\"b\").done();", chain, false);
    let nested = "class Outer { String f = \"x\"; class In { String get() { return f; } } In in() { return new In(); } void set(String s) { f = s; } }";
    with("Outer o = new Outer(); o.set(name); String bar = o.in().get();", nested, true);
    let stat = "class Config { static final String DIR = \"/x/\"; static final Map<String, String> ALL = new HashMap<>(); static { ALL.put(\"a\", DIR); } static String of(String k) { return ALL.get(k); } }";
    with("String bar = Config.DIR + Config.of(name);", stat, false);
}
