//! `bind-parameters` in Java and Go.

use crate::harden::template::testing::{fixed, not_fixed, refused};

const RULE: &str = "sql-injection";

fn java(imports: &str, body: &str, rest: &str) -> String {
    let imports: String = imports.split(' ').filter(|i| !i.is_empty()).map(|i| format!("import {i};\n")).collect();
    let body: String = body.lines().map(|l| format!("        {l}\n")).collect();
    format!(
        "{imports}import javax.servlet.http.HttpServletRequest;\n\nclass A {{\n    \
         int count(HttpServletRequest request, Connection connection) throws Exception {{\n        \
         String name = request.getParameter(\"name\");\n{body}        return 1;\n    }}\n{rest}}}\n"
    )
}

fn check(path: &str, before: &str, after: &str) {
    let got = fixed(path, before, RULE);
    assert_eq!(got, after);
    not_fixed(path, &got, RULE);
}

#[test]
fn statements_of_jdbc_become_prepared_ones() {
    let sets = "statement.setString(1, name);\n";
    for (before, after) in [
        (
            "Statement statement = connection.createStatement();\nResultSet rows = statement.executeQuery(\"SELECT a FROM t WHERE b = '\" + name + \"'\");\n".to_string(),
            format!("PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = ?\");\n{sets}ResultSet rows = statement.executeQuery();\n"),
        ),
        (
            "String sql = \"DELETE FROM t WHERE b = '\" + name + \"' AND c LIKE '%\" + name + \"%'\";\nStatement statement = connection.createStatement();\nstatement.executeUpdate(sql);\nstatement.close();\n".to_string(),
            format!("String sql = \"DELETE FROM t WHERE b = ? AND c LIKE ?\";\nPreparedStatement statement = connection.prepareStatement(sql);\n{sets}statement.setString(2, \"%\" + name + \"%\");\nstatement.executeUpdate();\nstatement.close();\n"),
        ),
        (
            "try (Statement statement = connection.createStatement()) {\n    String sql = String.format(\"SELECT a FROM t WHERE b = '%s'\", name);\n    statement.executeQuery(sql);\n}\n".to_string(),
            format!("try (PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = ?\")) {{\n    {sets}    statement.executeQuery();\n}}\n"),
        ),
        (
            "PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = '\" + name + \"'\");\nstatement.executeQuery();\n".to_string(),
            format!("PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = ?\");\n{sets}statement.executeQuery();\n"),
        ),
        (
            "try (PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = '\" + name + \"'\")) {\n    statement.executeQuery();\n}\n".to_string(),
            format!("try (PreparedStatement statement = connection.prepareStatement(\"SELECT a FROM t WHERE b = ?\")) {{\n    {sets}    statement.executeQuery();\n}}\n"),
        ),
    ] {
        check("A.java", &java("java.sql.*", &before, ""), &java("java.sql.*", &after, ""));
    }
}

#[test]
fn in_the_head_of_a_try_a_method_binds_the_values() {
    let body = |made: &str, run: &str| {
        format!("try (Statement s = {made};\n        ResultSet r = s.executeQuery({run})) {{\n    r.next();\n}}\n")
    };
    let helper = "\n    /** A statement to which the values are bound in their order. */\n    private static PreparedStatement prepared(Connection connection, String sql, Object... values) throws SQLException {\n        PreparedStatement statement = connection.prepareStatement(sql);\n        for (int i = 0; i < values.length; i++) {\n            statement.setObject(i + 1, values[i]);\n        }\n        return statement;\n    }\n";
    let before = body("connection.createStatement()", "\"SELECT a FROM t WHERE b = \" + name");
    let after = body("prepared(connection, \"SELECT a FROM t WHERE b = ?\", name)", "")
        .replace("Statement s", "PreparedStatement s");
    check("A.java", &java("java.sql.*", &before, ""), &java("java.sql.*", &after, helper));
}

#[test]
fn spring_and_jpa_are_handed_the_values() {
    let spring = "java.sql.Connection org.springframework.jdbc.core.JdbcTemplate";
    let field = "    private JdbcTemplate jdbc;\n";
    check(
        "A.java",
        &java(spring, "jdbc.queryForList(\"SELECT a FROM t WHERE b = '\" + name + \"'\", String.class);\n", field),
        &java(spring, "jdbc.queryForList(\"SELECT a FROM t WHERE b = ?\", String.class, name);\n", field),
    );
    let jpa = "java.sql.Connection javax.persistence.EntityManager";
    let field = "    private EntityManager entities;\n";
    check(
        "A.java",
        &java(
            jpa,
            "entities.createQuery(\"SELECT u FROM User u WHERE u.name = '\" + name + \"'\").getResultList();\n",
            field,
        ),
        &java(
            jpa,
            "entities.createQuery(\"SELECT u FROM User u WHERE u.name = :name\").setParameter(\"name\", name).getResultList();\n",
            field,
        ),
    );
}

#[test]
fn what_cannot_be_bound_in_java_is_left_alone() {
    for body in [
        "Statement s = connection.createStatement();\ns.executeQuery(\"SELECT a FROM \" + name);\n",
        "Statement s = connection.createStatement();\ns.executeQuery(\"SELECT a FROM t WHERE b = '\" + name + \"'\");\ns.executeQuery(\"SELECT 1\");\n",
        "PreparedStatement s = connection.prepareStatement(\"SELECT a FROM t WHERE c = ? AND b = '\" + name + \"'\");\ns.setInt(1, 1);\ns.executeQuery();\n",
    ] {
        refused("A.java", &java("java.sql.*", body, ""), RULE);
    }
}

fn go(imports: &str, body: &str) -> String {
    let imports: String = imports.split(' ').map(|i| format!("\t{i}\n")).collect();
    let body: String = body.lines().map(|l| format!("\t{l}\n")).collect();
    format!(
        "package main\n\nimport (\n{imports})\n\nfunc show(db *sql.DB, w http.ResponseWriter, r *http.Request) {{\n\tname := r.FormValue(\"name\")\n{body}}}\n"
    )
}

#[test]
fn go_statements_get_the_placeholders_of_the_driver() {
    let (mysql, pq) = ("_ \"github.com/go-sql-driver/mysql\"", "_ \"github.com/lib/pq\"");
    let rest = "w.WriteHeader(200)\n";
    for (driver, before, after) in [
        (
            mysql,
            "db.Query(\"SELECT a FROM t WHERE b = '\" + name + \"'\")\n",
            "db.Query(\"SELECT a FROM t WHERE b = ?\", name)\n",
        ),
        (
            pq,
            "db.Query(\"SELECT a FROM t WHERE b = '\" + name + \"'\")\n",
            "db.Query(\"SELECT a FROM t WHERE b = $1\", name)\n",
        ),
        (
            pq,
            "q := `SELECT a FROM t WHERE c = '` + name + `' AND b = ` + name\ndb.QueryRowContext(r.Context(), q)\n",
            "q := `SELECT a FROM t WHERE c = $1 AND b = $2`\ndb.QueryRowContext(r.Context(), q, name, name)\n",
        ),
    ] {
        let imports = format!("\"database/sql\" \"net/http\" {driver}").replace("_ ", "_\u{a0}");
        let file = |body: &str| go(&imports, &format!("{body}{rest}")).replace('\u{a0}', " ");
        check("a.go", &file(before), &file(after));
    }
}

#[test]
fn go_formats_go_with_their_import() {
    let sprintf = "q := fmt.Sprintf(\"SELECT a FROM t WHERE b = '%s' AND c LIKE '%%%s%%'\", name, name)\ndb.Query(q)\n";
    let bound = "q := \"SELECT a FROM t WHERE b = ? AND c LIKE ?\"\ndb.Query(q, name, \"%\" + name + \"%\")\n";
    check("a.go", &go("\"database/sql\" \"fmt\" \"net/http\"", sprintf), &go("\"database/sql\" \"net/http\"", bound));
    let print = "fmt.Fprint(w, 1)\n";
    check(
        "a.go",
        &go("\"database/sql\" \"fmt\" \"net/http\"", &format!("{sprintf}{print}")),
        &go("\"database/sql\" \"fmt\" \"net/http\"", &format!("{bound}{print}")),
    );
    refused(
        "a.go",
        &go("\"database/sql\" \"fmt\" \"net/http\"", "db.Query(fmt.Sprintf(\"SELECT a FROM %s\", name))\n"),
        RULE,
    );
}
