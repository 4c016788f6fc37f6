const assert = require('node:assert');
const Module = require('node:module');
const { newDb } = require('pg-mem');
const { test, before, after } = require('node:test');

// The database lives in memory.
const load = Module._load;
Module._load = (name, ...rest) => (name === 'pg' ? newDb().adapters.createPg() : load(name, ...rest));
const { app, init } = require('./app');
Module._load = load;

let server;
let base;
before(async () => {
  await init();
  server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const add = (note) =>
  fetch(base + '/notes', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(note),
  });
const text = async (path) => (await fetch(base + path)).text();

test('adding a note gives its number', async () => {
  const answer = await add({ owner: 'ada', title: 'Milk', body: 'two bottles' });
  assert.strictEqual(answer.status, 201);
  assert.strictEqual(typeof (await answer.json()).id, 'number');
});

test('a note needs a title', async () => {
  assert.strictEqual((await add({ owner: 'ada' })).status, 400);
});

test('a note is shown as a page', async () => {
  const { id } = await (await add({ owner: 'ada', title: 'Bread', body: 'rye' })).json();
  assert.strictEqual(await text('/notes/' + id), '<h1>Bread</h1><p>rye</p>');
});

test('a note that is not there', async () => {
  const answer = await fetch(base + '/notes/4711');
  assert.strictEqual(answer.status, 404);
  assert.strictEqual(await answer.text(), '<p>There is no note 4711</p>');
});

test('search by title', async () => {
  await add({ owner: 'bob', title: 'Blue car' });
  await add({ owner: 'cid', title: 'Blue sky' });
  assert.deepStrictEqual(JSON.parse(await text('/search?q=Blue')), ['Blue car', 'Blue sky']);
});

test('search by owner', async () => {
  assert.deepStrictEqual(JSON.parse(await text('/search?q=Blue&owner=cid')), ['Blue sky']);
  assert.deepStrictEqual(JSON.parse(await text('/search?q=Nothing')), []);
});

test('only the owner deletes', async () => {
  const { id } = await (await add({ owner: 'ada', title: 'Old' })).json();
  const remove = (owner) => fetch(`${base}/notes/${id}?owner=${owner}`, { method: 'DELETE' });
  assert.strictEqual((await remove('bob')).status, 404);
  assert.strictEqual((await remove('ada')).status, 204);
});
