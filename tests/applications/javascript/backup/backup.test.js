const assert = require('node:assert');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');
const backup = require('./backup');

let root;
const at = (...parts) => path.join(root, ...parts);
before(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'backup-'));
  fs.mkdirSync(at('data', 'sub'), { recursive: true });
  fs.writeFileSync(at('data', 'one.txt'), 'one');
  fs.writeFileSync(at('data', 'sub', 'two.txt'), 'two');
});
after(() => fs.rmSync(root, { recursive: true }));

test('what is packed is listed', () => {
  backup.pack(at('data'), at('a.tar.gz'));
  assert.deepStrictEqual(backup.list(at('a.tar.gz')), ['data/', 'data/one.txt', 'data/sub/', 'data/sub/two.txt']);
});

test('what is packed is unpacked', async () => {
  backup.pack(at('data'), at('b.tar.gz'));
  await new Promise((done, fail) => backup.unpack(at('b.tar.gz'), at('out'), (e) => (e ? fail(e) : done())));
  assert.strictEqual(fs.readFileSync(at('out', 'data', 'sub', 'two.txt'), 'utf8'), 'two');
});

test('unpacking tells of errors', async () => {
  const error = await new Promise((done) => backup.unpack(at('none.tar.gz'), at('out2'), done));
  assert.ok(error);
});

test('encryption', () => {
  fs.writeFileSync(at('plain'), 'some text');
  const file = backup.encrypt(at('plain'), 'pass');
  assert.ok(!fs.readFileSync(file).includes('some text'));
  assert.strictEqual(backup.decrypt(file, 'pass').toString(), 'some text');
});

test('checksums follow the content', () => {
  const sums = ['one.txt', 'sub/two.txt', 'one.txt'].map((n) => backup.checksum(at('data', n)));
  assert.strictEqual(sums[0], sums[2]);
  assert.notStrictEqual(sums[0], sums[1]);
});

test('names differ', () => {
  const names = new Set(Array.from({ length: 20 }, () => backup.newName('/srv/data')));
  assert.strictEqual(names.size, 20);
  for (const name of names) assert.match(path.basename(name), /^data-[0-9a-f]+\.tar\.gz$/);
});

test('the script runs', () => {
  const file = backup.script(root, ['echo restoring "$1"']);
  assert.strictEqual(execFileSync(file, ['data'], { encoding: 'utf8' }), 'restoring data\n');
});

test('the newest are kept', () => {
  fs.mkdirSync(at('many'));
  for (const day of ['01', '02', '03']) fs.writeFileSync(at('many', `x-${day}.tar.gz`), '');
  assert.deepStrictEqual(backup.prune(at('many'), 2), ['x-03.tar.gz', 'x-02.tar.gz']);
  assert.deepStrictEqual(fs.readdirSync(at('many')).sort(), ['x-02.tar.gz', 'x-03.tar.gz']);
});

test('the command', () => {
  const main = path.join(__dirname, 'backup.js');
  const packed = spawnSync(process.execPath, [main, 'pack', at('data'), at('c.tar.gz')], { encoding: 'utf8' });
  assert.match(packed.stdout, /^[0-9a-f]{40,}\n$/);
  const listed = spawnSync(process.execPath, [main, 'list', at('c.tar.gz')], { encoding: 'utf8' });
  assert.match(listed.stdout, /data\/one.txt/);
  assert.strictEqual(spawnSync(process.execPath, [main]).status, 2);
});
