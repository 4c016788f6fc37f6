// Shares a folder: upload as JSON with base64, download, list, thumbnails of images.
const express = require('express');
const fs = require('fs');
const path = require('path');
const crypto = require('crypto');

const ROOT = process.env.FILES_ROOT || path.join(__dirname, 'files');

const app = express();
app.use(express.json({ limit: '5mb' }));

app.post('/upload', (req, res) => {
  const { name, data, folder = '' } = req.body;
  if (!name || typeof data !== 'string') {
    return res.status(400).json({ error: 'name and data are needed' });
  }
  try {
    const target = path.join(ROOT, folder, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const bytes = Buffer.from(data, 'base64');
    fs.writeFileSync(target, bytes);
    const etag = crypto.createHash('md5').update(bytes).digest('hex');
    res.status(201).json({ name, size: bytes.length, etag });
  } catch (err) {
    res.status(500).json({ error: err.message });
  }
});

app.get('/download', (req, res) => {
  const file = path.join(ROOT, req.query.file || '');
  if (!fs.existsSync(file)) {
    return res.status(404).send('File not found: ' + req.query.file);
  }
  res.sendFile(file);
});

app.get('/list', (req, res) => {
  const folder = req.query.folder || '.';
  fs.readdir(path.join(ROOT, folder), (err, names) => {
    if (err) {
      return res.status(500).json({ error: err.message });
    }
    res.json(names.sort());
  });
});

app.get('/text/:name', async (req, res) => {
  const filePath = ROOT + '/' + req.params.name;
  try {
    const content = await fs.promises.readFile(filePath, 'utf8');
    res.type('text').send(content.toUpperCase());
  } catch (err) {
    res.status(404).json({ error: `Cannot read ${req.params.name}`, details: err.toString() });
  }
});

app.delete('/files/:name', (req, res) => {
  const { name } = req.params;
  fs.unlink(path.resolve(ROOT, name), (err) => {
    if (err) {
      return res.status(404).json({ error: 'No such file' });
    }
    res.status(204).end();
  });
});

module.exports = app;

if (require.main === module) {
  app.listen(3000, () => console.log('http://localhost:3000'));
}
