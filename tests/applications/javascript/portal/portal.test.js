const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portal-'));
process.env.PORTAL_LOG = path.join(folder, 'log');
const app = require('./portal');

let server;
let base;
before(async () => {
  server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  fs.rmSync(folder, { recursive: true });
});
const text = async (where) => (await fetch(base + where)).text();
const post = (where, fields) =>
  fetch(base + where, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

test('greeting', async () => {
  assert.match(await text('/?name=Ada'), /<h1>Good morning, Ada<\/h1>/);
  assert.match(await text('/'), /<h1>Good morning, colleague<\/h1>/);
});

test('theme', async () => {
  assert.match(await text('/?theme=dark'), /<body class="dark">/);
  assert.match(await text('/'), /<body class="light">/);
});

test('search finds titles and texts', async () => {
  assert.strictEqual(
    await text('/search?q=print'),
    '<p>1 results for <b>print</b></p><ul><li>Printers</li></ul>'
  );
  assert.match(await text('/search?q=to'), /<li>Holidays<\/li><li>Canteen<\/li><li>Printers<\/li>/);
});

test('search for a term with a sign', async () => {
  assert.match(await text('/search?q=where+%26+how'), /<li>Printers<\/li>/);
});

test('search without a term lists everything', async () => {
  assert.match(await text('/search'), /^<p>3 results/);
});

test('links of this site are counted', async () => {
  const answer = await fetch(base + '/go?url=/clicks', { redirect: 'manual' });
  assert.strictEqual(answer.status, 302);
  assert.strictEqual(answer.headers.get('location'), '/clicks');
  assert.strictEqual(JSON.parse(await text('/clicks'))['/clicks'], 1);
  assert.strictEqual((await fetch(base + '/go')).status, 400);
});

test('log-in leads back', async () => {
  const answer = await post('/login', { user: 'ada', next: '/search?q=canteen' });
  assert.strictEqual(answer.headers.get('location'), '/search?q=canteen');
  assert.match(answer.headers.get('set-cookie'), /^user=ada;/);
});

test('log-in leads to the start page and is logged', async () => {
  const answer = await post('/login', { user: 'bob' });
  assert.strictEqual(answer.headers.get('location'), '/');
  assert.match(fs.readFileSync(process.env.PORTAL_LOG, 'utf8'), /^login bob$/m);
});

test('feedback is shown', async () => {
  await post('/feedback', { author: 'Ada', text: 'More soup' });
  const answer = await post('/feedback', { text: 'Less soup' });
  assert.strictEqual(answer.headers.get('location'), '/feedback');
  assert.strictEqual(
    await text('/feedback'),
    '<dl><dt>Ada</dt><dd>More soup</dd><dt>anonymous</dt><dd>Less soup</dd></dl>'
  );
});
