#!/usr/bin/env node
// Backs up a folder: packs it, encrypts it when a password is given, keeps the newest few, restores.
const { execSync, exec } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');

const KEY_SALT = 'backup-salt';

function pack(folder, archive) {
  const parent = path.dirname(path.resolve(folder));
  execSync(`tar -czf ${archive} -C ${parent} ${path.basename(folder)}`);
  fs.chmodSync(archive, 0o644);
  return archive;
}

function unpack(archive, target, done) {
  fs.mkdirSync(target, { recursive: true });
  exec('tar -xzf ' + archive + ' -C ' + target, (error) => done(error, target));
}

function list(archive) {
  const out = execSync('tar -tzf "' + archive + '" | sort', { encoding: 'utf8' });
  return out.trim().split('\n');
}

function encrypt(file, password) {
  const key = crypto.scryptSync(password, KEY_SALT, 32);
  const iv = crypto.randomBytes(16);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, iv);
  const out = Buffer.concat([iv, cipher.update(fs.readFileSync(file)), cipher.final()]);
  fs.writeFileSync(file + '.enc', out);
  return file + '.enc';
}

function decrypt(file, password) {
  const key = crypto.scryptSync(password, KEY_SALT, 32);
  const data = fs.readFileSync(file);
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, data.subarray(0, 16));
  return Buffer.concat([decipher.update(data.subarray(16)), decipher.final()]);
}

function checksum(file) {
  return crypto.createHash('sha1').update(fs.readFileSync(file)).digest('hex');
}

function newName(folder) {
  const id = Math.random().toString(16).slice(2, 10);
  return path.join(os.tmpdir(), `${path.basename(folder)}-${id}.tar.gz`);
}

function script(folder, lines) {
  const file = path.join(folder, 'restore.sh');
  fs.writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  fs.chmodSync(file, 0o777);
  return file;
}

function prune(folder, keep) {
  const archives = fs.readdirSync(folder).filter((n) => n.endsWith('.tar.gz')).sort().reverse();
  for (const name of archives.slice(keep)) {
    fs.unlinkSync(path.join(folder, name));
  }
  return archives.slice(0, keep);
}

module.exports = { pack, unpack, list, encrypt, decrypt, checksum, newName, script, prune };

if (require.main === module) {
  const [command, source, target] = process.argv.slice(2);
  if (command === 'pack') {
    console.log(checksum(pack(source, target)));
  } else if (command === 'list') {
    console.log(list(source).join('\n'));
  } else {
    console.error('usage: backup pack FOLDER ARCHIVE | list ARCHIVE');
    process.exitCode = 2;
  }
}
