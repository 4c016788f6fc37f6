const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'));
process.env.FILES_ROOT = root;
const app = require('./server');

let server;
let base;
before(async () => {
  server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  fs.rmSync(root, { recursive: true });
});

const upload = (name, text, folder) =>
  fetch(base + '/upload', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, folder, data: Buffer.from(text).toString('base64') }),
  });

test('upload writes the file', async () => {
  const answer = await upload('one.txt', 'hello');
  assert.strictEqual(answer.status, 201);
  const { name, size } = await answer.json();
  assert.deepStrictEqual({ name, size }, { name: 'one.txt', size: 5 });
  assert.strictEqual(fs.readFileSync(path.join(root, 'one.txt'), 'utf8'), 'hello');
});

test('upload into a folder', async () => {
  assert.strictEqual((await upload('two.txt', 'x', 'letters/2024')).status, 201);
  assert.strictEqual(fs.readFileSync(path.join(root, 'letters/2024/two.txt'), 'utf8'), 'x');
});

test('the tag follows the content', async () => {
  const tags = [];
  for (const text of ['a', 'b', 'a']) tags.push((await (await upload('tag.txt', text)).json()).etag);
  assert.strictEqual(tags[0], tags[2]);
  assert.notStrictEqual(tags[0], tags[1]);
});

test('upload without data', async () => {
  const answer = await fetch(base + '/upload', { method: 'POST' });
  assert.strictEqual(answer.status, 400);
});

test('download', async () => {
  await upload('three.txt', 'three');
  const answer = await fetch(base + '/download?file=three.txt');
  assert.strictEqual(answer.status, 200);
  assert.strictEqual(await answer.text(), 'three');
});

test('download from a folder', async () => {
  await upload('four.txt', 'four', 'letters');
  assert.strictEqual(await (await fetch(base + '/download?file=letters/four.txt')).text(), 'four');
});

test('download of what is not there', async () => {
  const answer = await fetch(base + '/download?file=none.txt');
  assert.strictEqual(answer.status, 404);
  assert.strictEqual(await answer.text(), 'File not found: none.txt');
});

test('listing', async () => {
  await upload('b', 'b', 'list');
  await upload('a', 'a', 'list');
  assert.deepStrictEqual(await (await fetch(base + '/list?folder=list')).json(), ['a', 'b']);
  assert.ok((await (await fetch(base + '/list')).json()).includes('list'));
});

test('text in capitals', async () => {
  await upload('five.txt', 'five');
  assert.strictEqual(await (await fetch(base + '/text/five.txt')).text(), 'FIVE');
  const missing = await fetch(base + '/text/none.txt');
  assert.strictEqual(missing.status, 404);
  assert.strictEqual((await missing.json()).error, 'Cannot read none.txt');
});

test('delete', async () => {
  await upload('six.txt', 'six');
  const remove = () => fetch(base + '/files/six.txt', { method: 'DELETE' });
  assert.strictEqual((await remove()).status, 204);
  assert.strictEqual((await remove()).status, 404);
});
