'use strict';

const express = require('express');
const jwt = require('jsonwebtoken');
const rateLimit = require('express-rate-limit');

const router = express.Router();

router.use(rateLimit({ windowMs: 60_000, limit: 10 }));

router.post('/', (req, res) => {
  const token = jwt.sign({ customer: req.body.customer }, 'kV9!tq2-bramble-shop', { expiresIn: '1h' });
  res.cookie('token', token, { sameSite: 'lax' });
  return res.status(204).end();
});

module.exports = router;
