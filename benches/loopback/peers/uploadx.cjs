// npm @uploadx/core on a plain HTTP server: `node uploadx.cjs FOLDER`, started where the packages are.

const { createRequire } = require('node:module');
const { createServer } = require('node:http');
const { DiskStorage, Uploadx } = createRequire(`${process.cwd()}/`)('@uploadx/core');

const storage = new DiskStorage({
  directory: process.argv[2],
  path: '/files',
  filename: (file) => file.metadata.name,
  maxUploadSize: '16GB',
  logLevel: 'error',
});
const uploads = new Uploadx({ storage });
const server = createServer((request, response) => uploads.handle(request, response));
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
