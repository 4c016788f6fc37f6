// The start page of an intranet: search, greetings, links that are counted, feedback.
const express = require('express');
const fs = require('fs');
const path = require('path');

const app = express();
app.use(express.urlencoded({ extended: false }));

const pages = [
  { title: 'Holidays', text: 'How to ask for days off' },
  { title: 'Canteen', text: 'What there is to eat' },
  { title: 'Printers', text: 'Which printer stands where & how to use it' },
];
const clicks = {};
const feedback = [];
const LOG = process.env.PORTAL_LOG || path.join(__dirname, 'portal.log');

app.get('/', (req, res) => {
  const name = req.query.name || 'colleague';
  res.send(`
    <html>
      <head><title>Portal</title></head>
      <body class="${req.query.theme || 'light'}"><h1>Good morning, ${name}</h1></body>
    </html>
  `);
});

app.get('/search', (req, res) => {
  const term = req.query.q || '';
  const matcher = new RegExp(term, 'i');
  const found = pages.filter((page) => matcher.test(page.title) || matcher.test(page.text));
  const items = found.map((page) => `<li>${page.title}</li>`).join('');
  res.send('<p>' + found.length + ' results for <b>' + term + '</b></p><ul>' + items + '</ul>');
});

app.get('/go', (req, res) => {
  const url = req.query.url;
  if (!url) {
    return res.status(400).send('Where to?');
  }
  clicks[url] = (clicks[url] || 0) + 1;
  res.redirect(url);
});

app.get('/clicks', (req, res) => res.json(clicks));

app.post('/login', (req, res) => {
  const { user, next } = req.body;
  fs.appendFileSync(LOG, `login ${user}\n`);
  console.log('login of ' + user);
  res.cookie('user', user);
  res.redirect(next || '/');
});

app.post('/feedback', (req, res) => {
  const { author = 'anonymous', text } = req.body;
  feedback.push({ author, text });
  res.redirect('/feedback');
});

app.get('/feedback', (req, res) => {
  let html = '<dl>';
  for (const entry of feedback) {
    html += '<dt>' + entry.author + '</dt><dd>' + entry.text + '</dd>';
  }
  html += '</dl>';
  res.send(html);
});

module.exports = app;

if (require.main === module) {
  app.listen(process.env.PORT || 3000);
}
