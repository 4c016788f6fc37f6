const assert = require('node:assert');
const { test, before, after, beforeEach } = require('node:test');
const { app, validate, registrations } = require('./signup');

let server;
let base;
before(async () => {
  server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());
beforeEach(() => registrations.splice(0));

const form = { email: 'ada@example.org', name: 'Ada Lovelace', password: 'correct horse' };
const post = (where, body) =>
  fetch(base + where, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

test('addresses', () => {
  for (const email of ['a@b.org', 'first.last@sub.example.com', 'a-b_c@ex-ample.info']) {
    assert.strictEqual(validate({ ...form, email }).email, undefined, email);
  }
  for (const email of ['', 'ada', 'ada@', '@b.org', 'ada@example', 'a b@example.org', 'ada@example.o']) {
    assert.ok(validate({ ...form, email }).email, email);
  }
});

test('names', () => {
  for (const name of ['Ada', 'Ada Lovelace', 'Ada King Lovelace']) {
    assert.strictEqual(validate({ ...form, name }).name, undefined, name);
  }
  for (const name of ['', 'Ada1', 'Ada  Lovelace', ' Ada']) assert.ok(validate({ ...form, name }).name, name);
});

test('postcodes', () => {
  assert.strictEqual(validate({ ...form, postcode: '10115' }).postcode, undefined);
  assert.ok(validate({ ...form, postcode: '1011' }).postcode);
});

test('sign-up', async () => {
  const answer = await post('/signup', form);
  assert.strictEqual(answer.status, 201);
  assert.strictEqual(await answer.text(), '<p>Welcome Ada Lovelace</p>');
});

test('sign-up with errors', async () => {
  const answer = await post('/signup', { ...form, password: 'x' });
  assert.strictEqual(answer.status, 422);
  assert.deepStrictEqual(Object.keys((await answer.json()).errors), ['password']);
});

test('sign-in', async () => {
  await post('/signup', form);
  const answer = await post('/signin', { email: form.email, password: form.password });
  assert.deepStrictEqual(await answer.json(), { name: 'Ada Lovelace' });
  assert.strictEqual((await post('/signin', { email: form.email, password: 'wrong' })).status, 401);
  assert.strictEqual((await post('/signin', { email: 'x@example.org', password: 'x' })).status, 401);
});

test('invitations', async () => {
  const { link } = await (await post('/invite', { email: 'bob@example.org' })).json();
  assert.match(link, /^\/join\/[\w-]{10,}$/);
  assert.deepStrictEqual(await (await fetch(base + link)).json(), { email: 'bob@example.org' });
  const none = await fetch(base + '/join/none');
  assert.strictEqual(none.status, 404);
  assert.strictEqual(await none.text(), 'No invitation none');
});

test('export', async () => {
  await post('/signup', form);
  const headers = { 'X-Password': 'Adm1n-Passw0rd!' };
  assert.strictEqual(await (await fetch(base + '/export.csv', { headers })).text(), 'name,email\nAda Lovelace,ada@example.org');
  const other = await fetch(base + '/export.csv?separator=;', { headers });
  assert.strictEqual(await other.text(), 'name;email\nAda Lovelace;ada@example.org');
});

test('export is for administrators', async () => {
  assert.strictEqual((await fetch(base + '/export.csv')).status, 403);
});
