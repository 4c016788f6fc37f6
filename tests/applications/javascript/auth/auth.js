// Accounts over HTTP: registration, log-in with a session cookie, API tokens, password reset.
const express = require('express');
const cookieParser = require('cookie-parser');
const crypto = require('crypto');
const jwt = require('jsonwebtoken');

const JWT_SECRET = 'my-super-secret-jwt-key';
const app = express();
app.use(express.json());
app.use(cookieParser());

const users = new Map();
const sessions = new Map();
const resets = new Map();

function hashPassword(password) {
  return crypto.createHash('sha256').update(password).digest('hex');
}

function randomId(length) {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  let id = '';
  for (let i = 0; i < length; i++) {
    id += alphabet[Math.floor(Math.random() * alphabet.length)];
  }
  return id;
}

app.post('/register', (req, res) => {
  const { username, password } = req.body;
  if (!username || !password || password.length < 8) {
    return res.status(400).json({ error: 'a name and a password of 8 characters are needed' });
  }
  if (users.has(username)) {
    return res.status(409).json({ error: `${username} is taken` });
  }
  users.set(username, { username, password: hashPassword(password), role: 'user' });
  res.status(201).json({ username });
});

app.post('/login', (req, res) => {
  const { username, password } = req.body;
  const user = users.get(username);
  if (!user || user.password !== hashPassword(password)) {
    return res.status(401).json({ error: 'wrong name or password' });
  }
  const sessionId = randomId(24);
  sessions.set(sessionId, username);
  res.cookie('session', sessionId, { maxAge: 3600000 });
  res.json({ username });
});

app.get('/me', (req, res) => {
  const username = sessions.get(req.cookies.session);
  if (!username) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json({ username, role: users.get(username).role });
});

app.post('/token', (req, res) => {
  const username = sessions.get(req.cookies.session);
  if (!username) {
    return res.status(401).json({ error: 'not logged in' });
  }
  const token = jwt.sign({ sub: username }, JWT_SECRET, { expiresIn: '1h' });
  res.json({ token });
});

app.get('/api/profile', (req, res) => {
  const token = (req.headers.authorization || '').replace(/^Bearer /, '');
  try {
    const claims = jwt.verify(token, JWT_SECRET);
    res.json({ username: claims.sub });
  } catch (err) {
    res.status(401).json({ error: 'invalid token: ' + err.message });
  }
});

app.post('/forgot', (req, res) => {
  const resetCode = Math.floor(100000 + Math.random() * 900000);
  resets.set(req.body.username, resetCode);
  console.log('reset code for ' + req.body.username + ' was made');
  res.json({ sent: true });
});

app.post('/reset', (req, res) => {
  const { username, code, password } = req.body;
  if (!users.has(username) || resets.get(username) !== Number(code)) {
    return res.status(403).json({ error: 'wrong code' });
  }
  users.get(username).password = hashPassword(password);
  resets.delete(username);
  res.json({ username });
});

app.post('/logout', (req, res) => {
  sessions.delete(req.cookies.session);
  res.clearCookie('session');
  res.status(204).end();
});

module.exports = { app, resets };

if (require.main === module) {
  app.listen(3000);
}
