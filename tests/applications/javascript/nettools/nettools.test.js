const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');

const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'bin-'));
function program(name, text) {
  fs.writeFileSync(path.join(bin, name), '#!/bin/sh\n' + text, { mode: 0o755 });
}
program('ping', '[ "$1" = -c ] || exit 2\n[ "$3" = down.example ] && { echo "no answer" >&2; exit 1; }\necho "$2 packets to $3"\n');
program('whois', 'echo "Domain: $1"\n[ "$1" = free.example ] || echo "Registrar: The $1 company"\n');
process.env.PATH = bin + ':' + process.env.PATH;

const { server } = require('./nettools');
let running;
let base;
before(async () => {
  running = server().listen(0, '127.0.0.1');
  await new Promise((done) => running.once('listening', done));
  base = `http://127.0.0.1:${running.address().port}`;
});
after(() => {
  running.close();
  fs.rmSync(bin, { recursive: true });
});
const get = async (where) => {
  const answer = await fetch(base + where);
  return [answer.status, await answer.json()];
};

test('ping', async () => {
  assert.deepStrictEqual(await get('/ping?host=up.example&count=2'), [
    200,
    { host: 'up.example', alive: true, output: '2 packets to up.example' },
  ]);
});

test('ping once when no count is given', async () => {
  assert.strictEqual((await get('/ping?host=up.example'))[1].output, '1 packets to up.example');
});

test('ping of a host that is down', async () => {
  const [, answer] = await get('/ping?host=down.example');
  assert.deepStrictEqual(answer, { host: 'down.example', alive: false, output: 'no answer' });
});

test('ping of nothing', async () => {
  assert.strictEqual((await get('/ping'))[0], 400);
});

test('whois finds the registrar', async () => {
  assert.strictEqual((await get('/whois?domain=a.example'))[1].registrar, 'The a.example company');
});

test('whois of a free domain', async () => {
  assert.strictEqual((await get('/whois?domain=free.example'))[1].registrar, null);
});

test('size of a folder', async () => {
  const [status, { kilobytes }] = await get('/size?folder=' + bin);
  assert.strictEqual(status, 200);
  assert.ok(kilobytes > 0);
});

test('size of what is not there', async () => {
  const [status, answer] = await get('/size?folder=/no/such/folder');
  assert.strictEqual(status, 500);
  assert.ok(answer.error);
});

test('hello', async () => {
  assert.strictEqual(await (await fetch(base + '/hello?name=Ada')).text(), '<h1>Hello Ada</h1>');
  assert.strictEqual(await (await fetch(base + '/hello')).text(), '<h1>Hello you</h1>');
});

test('nothing else', async () => {
  assert.strictEqual((await get('/other'))[0], 404);
});
