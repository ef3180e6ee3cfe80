// npm @uploadx/core on a plain HTTP server: `node uploadx.cjs FOLDER`, started where the packages are.

const { createRequire } = require('node:module');
const { createReadStream } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { DiskStorage, Uploadx } = createRequire(`${process.cwd()}/`)('@uploadx/core');

const directory = process.argv[2];
const complete = new Set();
const storage = new DiskStorage({
  directory,
  path: '/files',
  filename: (file) => file.metadata.name,
  onComplete: (file) => {
    complete.add(file.metadata.name);
    return file;
  },
  logLevel: 'error',
});
const uploads = new Uploadx({ storage });

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname.startsWith('/files')) {
    uploads.handle(request, response);
    return;
  }
  // Objects can be read as from Cloud Storage, once they are complete.
  const name = decodeURIComponent(pathname.split('/').at(-1));
  if (!complete.has(name)) {
    response.writeHead(404).end();
    return;
  }
  // It may have been cancelled since.
  createReadStream(join(directory, name))
    .on('error', () => response.writeHead(404).end())
    .pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
