'use strict';

const express = require('express');
const { Pool } = require('pg');
const rateLimit = require('express-rate-limit');

const router = express.Router();
const pool = new Pool();

router.use(rateLimit({ windowMs: 60_000, limit: 60 }));

router.get('/:id', async (req, res) => {
  const { rows } = await pool.query('SELECT id, state, total FROM orders WHERE id = $1', [req.params.id]);
  if (rows.length === 0) {
    return res.status(404).json({ error: 'no such order' });
  }
  return res.json(rows[0]);
});

module.exports = router;
