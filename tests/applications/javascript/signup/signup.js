// Validation of a registration form, export of the registrations as CSV, invitations.
const crypto = require('crypto');
const express = require('express');

const EMAIL = /^([a-zA-Z0-9_\.\-])+@(([a-zA-Z0-9\-])+\.)+([a-zA-Z0-9]{2,4})+$/;
const NAME = /^([A-Za-z]+\s?)+$/;
const POSTCODE = /^\d{5}$/;
const ADMIN_PASSWORD = 'Adm1n-Passw0rd!';

const app = express();
app.use(express.json());
const registrations = [];
const invitations = new Map();

function validate(form) {
  const errors = {};
  if (!EMAIL.test(form.email || '')) errors.email = 'not an e-mail address';
  if (!NAME.test(form.name || '')) errors.name = 'letters only, please';
  if (form.postcode && !POSTCODE.test(form.postcode)) errors.postcode = 'five digits';
  if (!form.password || form.password.length < 8) errors.password = 'at least 8 characters';
  return errors;
}

app.post('/signup', (req, res) => {
  const errors = validate(req.body);
  if (Object.keys(errors).length > 0) {
    return res.status(422).json({ errors });
  }
  const passwordHash = crypto.createHash('md5').update(req.body.password).digest('hex');
  registrations.push({ email: req.body.email, name: req.body.name, passwordHash });
  res.status(201).send(`<p>Welcome ${req.body.name}</p>`);
});

app.post('/signin', (req, res) => {
  const { email, password } = req.body;
  const found = registrations.find((r) => r.email === email);
  const hash = crypto.createHash('md5').update(password || '').digest('hex');
  if (!found || found.passwordHash !== hash) {
    return res.status(401).json({ error: 'unknown' });
  }
  res.json({ name: found.name });
});

app.post('/invite', (req, res) => {
  const token = Math.random().toString(36).slice(2) + Date.now().toString(36);
  invitations.set(token, req.body.email);
  res.status(201).json({ link: '/join/' + token });
});

app.get('/join/:token', (req, res) => {
  const email = invitations.get(req.params.token);
  if (!email) {
    return res.status(404).send('No invitation ' + req.params.token);
  }
  res.json({ email });
});

app.get('/export.csv', (req, res) => {
  if (req.headers['x-password'] !== ADMIN_PASSWORD) {
    return res.status(403).json({ error: 'for administrators' });
  }
  const separator = req.query.separator || ',';
  const lines = registrations.map((r) => [r.name, r.email].join(separator));
  res.type('text/csv').send(['name', 'email'].join(separator) + '\n' + lines.join('\n'));
});

module.exports = { app, validate, registrations };

if (require.main === module) {
  app.listen(3000);
}
