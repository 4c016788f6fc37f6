use super::{fix, flask};

fn sqlite(body: &str) -> Option<String> {
    let text = flask("import sqlite3", &format!("db = sqlite3.connect(\"a\")\n{body}"));
    fix("a.py", &text, "sql-injection", "bind-parameters")
        .map(|t| t.split_once("connect(\"a\")\n").unwrap().1.to_string())
}

#[test]
fn python_ways_to_build_a_statement() {
    let cases = [
        (
            "db.execute(f\"SELECT 1 FROM t WHERE a = '{name}' AND b = 2\")",
            "db.execute(\"SELECT 1 FROM t WHERE a = ? AND b = 2\", (name,))",
        ),
        (
            "db.execute(\"SELECT 1 FROM t WHERE a = '\" + name + \"' AND b = 2\")",
            "db.execute(\"SELECT 1 FROM t WHERE a = ? AND b = 2\", (name,))",
        ),
        (
            "db.execute(\"SELECT 1 FROM t WHERE a = \" + str(name))",
            "db.execute(\"SELECT 1 FROM t WHERE a = ?\", (name,))",
        ),
        (
            "db.execute('SELECT 1 FROM t WHERE a = \\'%s\\' AND c LIKE \"x%%\"' % name)",
            "db.execute('SELECT 1 FROM t WHERE a = ? AND c LIKE \"x%\"', (name,))",
        ),
        (
            "db.execute(\"SELECT 1 FROM t WHERE a = %s AND b = %d\" % (name, 3))",
            "db.execute(\"SELECT 1 FROM t WHERE a = ? AND b = ?\", (name, 3))",
        ),
        (
            "db.execute(\"SELECT 1 FROM t WHERE a = '{}' AND b = '{x}'\".format(name, x=name.lower()))",
            "db.execute(\"SELECT 1 FROM t WHERE a = ? AND b = ?\", (name, name.lower()))",
        ),
        (
            "db.execute(f\"SELECT 1 FROM t WHERE a LIKE '%{name}%'\")",
            "db.execute(\"SELECT 1 FROM t WHERE a LIKE ?\", (f\"%{name}%\",))",
        ),
        (
            "db.execute(\"SELECT 1 FROM t WHERE a LIKE '%\" + name + \"%'\")",
            "db.execute(\"SELECT 1 FROM t WHERE a LIKE ?\", (f\"%{name}%\",))",
        ),
        (
            "db.execute(f\"INSERT INTO t (a, b) VALUES ('{name}', {len(name)})\")",
            "db.execute(\"INSERT INTO t (a, b) VALUES (?, ?)\", (name, len(name)))",
        ),
        (
            "db.execute(f\"UPDATE t SET a = '{name}' WHERE b BETWEEN {name} AND {name!s} LIMIT {name}\")",
            "db.execute(\"UPDATE t SET a = ? WHERE b BETWEEN ? AND ? LIMIT ?\", (name, name, name, name))",
        ),
        (
            "db.execute(f\"SELECT '{{}}' FROM t WHERE a = '{name}' AND b = ?\", (7,))",
            "db.execute(\"SELECT '{}' FROM t WHERE a = ? AND b = ?\", (name, 7,))",
        ),
        (
            "db.execute(f\"SELECT 1 FROM t WHERE b = ? AND a = '{name}'\", [7])",
            "db.execute(\"SELECT 1 FROM t WHERE b = ? AND a = ?\", [7, name])",
        ),
        (
            "db.execute(f\"SELECT 1 FROM t WHERE a = '{request.args.get('q', '')}'\")",
            "db.execute(\"SELECT 1 FROM t WHERE a = ?\", (request.args.get('q', ''),))",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(sqlite(before).as_deref().map(str::trim), Some(after.trim()), "{before}");
    }
}

#[test]
fn python_statements_over_several_lines() {
    let before = "query = (\n    f\"SELECT 1 FROM t \"\n    f\"WHERE a = '{name}' \"\n    \"ORDER BY b\"\n)\nprint(query)\ndb.execute(query)\n";
    let after = "    query = (\n        f\"SELECT 1 FROM t \"\n        \"WHERE a = ? \"\n        \"ORDER BY b\"\n    )\n    print(query)\n    db.execute(query, (name,))\n";
    assert_eq!(sqlite(before).as_deref(), Some(&*after.replacen("f\"SELECT", "\"SELECT", 1)));
    let before = "db.execute(\n    \"SELECT 1 FROM t WHERE a = '\" + name +\n    \"' AND b = '\" + name + \"'\",\n)\n";
    let after = "    db.execute(\n        \"SELECT 1 FROM t WHERE a = ?\" +\n        \" AND b = ?\",\n        (name, name),\n    )\n";
    assert_eq!(sqlite(before).as_deref(), Some(after));
    let before = "db.execute(f\"\"\"\n    SELECT 1 FROM t\n    WHERE a = '{name}'\n\"\"\")\n";
    let after = "    db.execute(\"\"\"\n        SELECT 1 FROM t\n        WHERE a = ?\n    \"\"\", (name,))\n";
    assert_eq!(sqlite(before).as_deref(), Some(after));
}

#[test]
fn python_drivers_and_their_styles() {
    let psycopg = flask(
        "import psycopg2",
        "cur = psycopg2.connect(\"\").cursor()\ncur.execute(f\"SELECT 1 FROM t WHERE a = '{name}' AND b LIKE 'x%'\")\n",
    );
    let fixed = fix("a.py", &psycopg, "sql-injection", "bind-parameters").unwrap();
    assert!(fixed.contains("cur.execute(\"SELECT 1 FROM t WHERE a = %s AND b LIKE 'x%%'\", (name,))"), "{fixed}");

    let text = flask(
        "from sqlalchemy import create_engine, text",
        "with create_engine(\"sqlite://\").connect() as c:\n    c.execute(text(f\"SELECT 1 FROM t WHERE a = '{name}' AND b = {request.args['user']}\"))\n",
    );
    let fixed = fix("a.py", &text, "sql-injection", "bind-parameters").unwrap();
    assert!(fixed.contains("c.execute(text(\"SELECT 1 FROM t WHERE a = :name AND b = :user_value\"), {\"name\": name, \"user_value\": request.args['user']})"), "{fixed}");

    let text = flask(
        "from sqlalchemy import create_engine, text",
        "q = text(\"SELECT 1 FROM t WHERE a = '{}'\".format(name))\n",
    );
    let fixed = fix("a.py", &text, "sql-injection", "bind-parameters").unwrap();
    assert!(fixed.contains("q = text(\"SELECT 1 FROM t WHERE a = :name\").bindparams(name=name)"), "{fixed}");
}

#[test]
fn python_what_cannot_be_bound_is_left_alone() {
    let cases = [
        "db.execute(f\"SELECT 1 FROM {name}\")",
        "db.execute(f\"SELECT {name} FROM t\")",
        "db.execute(f\"SELECT 1 FROM t ORDER BY {name}\")",
        "db.execute(f\"SELECT 1 FROM t WHERE a IN ({name})\")",
        "db.execute(f\"SELECT 1 FROM t WHERE a = {name}_x\")",
        "db.execute(f\"DROP TABLE '{name}'\")",
        "db.execute(f\"SELECT 1 FROM t WHERE a = '{name:>10}'\")",
        "db.execute(f\"SELECT 1 FROM t WHERE a = '{name}' AND b = ?\", args)",
        "db.execute(f\"SELECT 1 FROM t -- {name}\")",
        "db.executescript(f\"UPDATE t SET a = '{name}'\")",
        "q = f\"SELECT 1 FROM t WHERE a = '{name}'\"\nif name:\n    q += \" AND b = 1\"\ndb.execute(q)",
        "q = f\"SELECT 1 FROM t WHERE a = '{name}'\"\nname = 'other'\ndb.execute(q)",
        "q = f\"SELECT 1 FROM t WHERE a = '{name}'\"\ndb.execute(q)\nprint(q.upper())",
    ];
    for case in cases {
        assert_eq!(sqlite(case), None, "{case}");
    }
}
