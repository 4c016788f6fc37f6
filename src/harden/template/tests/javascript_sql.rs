use super::fix;

#[test]
fn drivers_and_their_styles() {
    let mysql = "const mysql = require('mysql2');\nconst db = mysql.createConnection({});\n\n";
    let pg = "import { Pool } from 'pg';\nconst pool = new Pool();\n\n";
    let cases = [
        (
            format!("{mysql}function f(req, res) {{\n  db.query(`DELETE FROM o WHERE code = '${{req.body.code}}' AND paid = 0`, () => res.end());\n}}\n"),
            "db.query(`DELETE FROM o WHERE code = ? AND paid = 0`, [req.body.code], () => res.end());",
        ),
        (
            format!("{mysql}function f(req, res) {{\n  const sql = 'SELECT * FROM t WHERE a LIKE \"%' + req.query.q + '%\"';\n  db.query(sql, (err, rows) => res.json(rows));\n}}\n"),
            "const sql = 'SELECT * FROM t WHERE a LIKE ?';\n  db.query(sql, [`%${req.query.q}%`], (err, rows) => res.json(rows));",
        ),
        (
            format!("{pg}export async function f(req, res) {{\n  await pool.query(\n    `UPDATE t SET a = '${{req.body.a}}' WHERE id = ${{req.params.id}} AND b = $1`,\n    [7],\n  );\n}}\n"),
            "    `UPDATE t SET a = $2 WHERE id = $3 AND b = $1`,\n    [7, req.body.a, req.params.id],\n",
        ),
        (
            "const Database = require('better-sqlite3');\nconst db = new Database('n.db');\n\nfunction f(req, res) {\n  res.json(db.prepare(`SELECT t FROM n WHERE t LIKE '%${req.query.q}%'`).all());\n}\n".to_string(),
            "db.prepare(`SELECT t FROM n WHERE t LIKE ?`).all(`%${req.query.q}%`)",
        ),
        (
            format!("{mysql}async function f(req, res) {{\n  const sql = `SELECT a FROM t WHERE b = '${{req.body.b}}'`;\n  await new Promise((resolve) => {{\n    db.query(sql, resolve);\n  }});\n}}\n"),
            "const sql = `SELECT a FROM t WHERE b = ?`;\n  await new Promise((resolve) => {\n    db.query(sql, [req.body.b], resolve);",
        ),
    ];
    for (before, after) in cases {
        let fixed = fix("a.js", &before, "sql-injection", "bind-parameters").unwrap_or_default();
        assert!(fixed.contains(after), "{before}\n{fixed}");
    }
    let typed = "import { Pool } from 'pg';\nimport { Request } from 'express';\nconst pool = new Pool();\n\nexport const f = (req: Request) => pool.query(\"SELECT 1 FROM t WHERE a = '\" + (req.query.a as string) + \"'\");\n";
    let fixed = fix("a.ts", typed, "sql-injection", "bind-parameters").unwrap_or_default();
    assert!(fixed.contains("pool.query(\"SELECT 1 FROM t WHERE a = $1\", [req.query.a as string]);"), "{fixed}");
}

#[test]
fn names_stay_where_they_are() {
    let text = "import { Pool } from 'pg';\nconst pool = new Pool();\n\nexport async function f(req, res) {\n  await pool.query(`SELECT * FROM ${req.query.table}`);\n}\n";
    assert_eq!(fix("a.js", text, "sql-injection", "bind-parameters"), None);
}
