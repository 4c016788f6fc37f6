// A notebook over HTTP: notes in PostgreSQL, searched by title and by tag.
const express = require('express');
const { Pool } = require('pg');

const pool = new Pool({
  host: process.env.DB_HOST || 'localhost',
  user: 'notes',
  password: 'N0tes-db-pass',
  database: 'notes',
});

const app = express();
app.use(express.json());

async function init() {
  await pool.query('CREATE TABLE notes (id SERIAL PRIMARY KEY, owner TEXT, title TEXT, body TEXT)');
}

app.post('/notes', async (req, res) => {
  const { owner, title, body } = req.body;
  if (!owner || !title) {
    return res.status(400).json({ error: 'owner and title are needed' });
  }
  try {
    const result = await pool.query(
      `INSERT INTO notes (owner, title, body) VALUES ('${owner}', '${title}', '${body || ''}') RETURNING id`
    );
    res.status(201).json({ id: result.rows[0].id });
  } catch (err) {
    res.status(500).json({ error: err.message });
  }
});

app.get('/notes/:id', async (req, res) => {
  try {
    const result = await pool.query('SELECT title, body FROM notes WHERE id = ' + Number(req.params.id));
    if (result.rows.length === 0) {
      return res.status(404).send(`<p>There is no note ${req.params.id}</p>`);
    }
    const note = result.rows[0];
    res.send('<h1>' + note.title + '</h1><p>' + note.body + '</p>');
  } catch (err) {
    res.status(500).send('Error: ' + err.message);
  }
});

app.get('/search', async (req, res) => {
  const { q = '', owner } = req.query;
  let sql = "SELECT id, title FROM notes WHERE title LIKE '%" + q + "%'";
  if (owner) {
    sql += " AND owner = '" + owner + "'";
  }
  sql += ' ORDER BY id';
  try {
    const result = await pool.query(sql);
    res.json(result.rows.map((row) => row.title));
  } catch (err) {
    console.error(err);
    res.status(500).json({ error: 'Search failed', details: err.message });
  }
});

app.delete('/notes/:id', async (req, res) => {
  const owner = req.query.owner;
  const sql = `DELETE FROM notes WHERE id = ${req.params.id} AND owner = '${owner}'`;
  const result = await pool.query(sql);
  res.status(result.rowCount ? 204 : 404).end();
});

module.exports = { app, init };

if (require.main === module) {
  app.listen(3000);
}
