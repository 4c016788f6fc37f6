const assert = require('node:assert');
const { test, before, after } = require('node:test');
const { app, resets } = require('./auth');

let server;
let base;
before(async () => {
  server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const post = (path, body, headers = {}) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body || {}),
  });
const register = (username, password = 'correct horse') => post('/register', { username, password });
async function login(username, password = 'correct horse') {
  const answer = await post('/login', { username, password });
  const cookie = (answer.headers.get('set-cookie') || '').split(';')[0];
  return { status: answer.status, cookie };
}

test('register', async () => {
  const answer = await register('ada');
  assert.strictEqual(answer.status, 201);
  assert.deepStrictEqual(await answer.json(), { username: 'ada' });
});

test('a name is taken once', async () => {
  await register('bob');
  const again = await register('bob');
  assert.strictEqual(again.status, 409);
  assert.strictEqual((await again.json()).error, 'bob is taken');
});

test('short passwords are refused', async () => {
  assert.strictEqual((await register('cid', 'short')).status, 400);
});

test('log-in opens a session', async () => {
  await register('dora');
  const { status, cookie } = await login('dora');
  assert.strictEqual(status, 200);
  assert.match(cookie, /^session=[a-z0-9]{24}$/);
  const me = await fetch(base + '/me', { headers: { cookie } });
  assert.deepStrictEqual(await me.json(), { username: 'dora', role: 'user' });
});

test('wrong passwords are refused', async () => {
  await register('emil');
  assert.strictEqual((await login('emil', 'wrong password')).status, 401);
  assert.strictEqual((await login('nobody')).status, 401);
});

test('without a session there is no profile', async () => {
  assert.strictEqual((await fetch(base + '/me')).status, 401);
});

test('tokens', async () => {
  await register('fred');
  const { cookie } = await login('fred');
  const { token } = await (await post('/token', {}, { cookie })).json();
  const profile = await fetch(base + '/api/profile', { headers: { authorization: 'Bearer ' + token } });
  assert.deepStrictEqual(await profile.json(), { username: 'fred' });
});

test('invalid tokens are refused', async () => {
  const answer = await fetch(base + '/api/profile', { headers: { authorization: 'Bearer a.b.c' } });
  assert.strictEqual(answer.status, 401);
  assert.match((await answer.json()).error, /^invalid token/i);
});

test('reset of a password', async () => {
  await register('gina');
  assert.strictEqual((await post('/forgot', { username: 'gina' })).status, 200);
  const code = resets.get('gina');
  assert.match(String(code), /^[1-9][0-9]{5}$/);
  assert.strictEqual((await post('/reset', { username: 'gina', code: 1, password: 'x' })).status, 403);
  assert.strictEqual((await post('/reset', { username: 'gina', code, password: 'a new password' })).status, 200);
  assert.strictEqual((await login('gina', 'a new password')).status, 200);
  assert.strictEqual((await login('gina')).status, 401);
});

test('log-out ends the session', async () => {
  await register('hugo');
  const { cookie } = await login('hugo');
  assert.strictEqual((await post('/logout', {}, { cookie })).status, 204);
  assert.strictEqual((await fetch(base + '/me', { headers: { cookie } })).status, 401);
});
