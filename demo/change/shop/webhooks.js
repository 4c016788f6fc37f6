'use strict';

const { exec } = require('child_process');
const crypto = require('crypto');
const express = require('express');
const rateLimit = require('express-rate-limit');

const router = express.Router();

router.use(rateLimit({ windowMs: 60_000, limit: 30 }));

function signatureFits(req) {
  const expected = crypto.createHmac('sha256', process.env.WEBHOOK_KEY).update(JSON.stringify(req.body)).digest();
  const given = Buffer.from(req.get('x-signature') || '', 'hex');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}

router.post('/payment', (req, res) => {
  if (!signatureFits(req)) {
    return res.status(401).end();
  }
  console.log('payment received');
  return res.status(204).end();
});

router.post('/parcel', (req, res) => {
  exec(`parcel-status --number ${req.body.number}`, (error, output) => {
    if (error) {
      return res.status(502).end();
    }
    return res.type('text').send(output);
  });
});

router.post('/mail', (req, res) => {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(req.body.sender)) {
    return res.status(400).end();
  }
  return res.status(204).end();
});

module.exports = router;
