// Diagnostics over HTTP without a framework: ping, whois, and the size of a folder.
const http = require('http');
const { exec, execSync } = require('child_process');

function ping(host, count, done) {
  exec(`ping -c ${count} ${host}`, { timeout: 10000 }, (error, stdout, stderr) => {
    done({ host, alive: !error, output: (stdout || stderr).trim() });
  });
}

function whois(domain, done) {
  exec('whois ' + domain + ' | grep -i "^registrar"', (error, stdout) => {
    if (error) {
      return done({ domain, registrar: null });
    }
    done({ domain, registrar: stdout.split(':').slice(1).join(':').trim() });
  });
}

function size(folder) {
  const out = execSync('du -sk ' + folder).toString();
  return parseInt(out, 10);
}

function send(res, status, content) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(content));
}

function handle(req, res) {
  const url = new URL(req.url, 'http://localhost');
  const query = url.searchParams;
  console.log(`${req.method} ${url.pathname} ${query.get('host') || ''}`);
  try {
    switch (url.pathname) {
      case '/ping':
        if (!query.get('host')) return send(res, 400, { error: 'host is missing' });
        return ping(query.get('host'), query.get('count') || 1, (answer) => send(res, 200, answer));
      case '/whois':
        return whois(query.get('domain'), (answer) => send(res, 200, answer));
      case '/size':
        return send(res, 200, { kilobytes: size(query.get('folder')) });
      case '/hello':
        res.writeHead(200, { 'Content-Type': 'text/html' });
        return res.end('<h1>Hello ' + (query.get('name') || 'you') + '</h1>');
      default:
        return send(res, 404, { error: 'nothing here' });
    }
  } catch (err) {
    send(res, 500, { error: err.message });
  }
}

module.exports = { server: () => http.createServer(handle), ping, whois, size };

if (require.main === module) {
  http.createServer(handle).listen(8080);
}
