// npm @uploadx/core behind express: `node uploadx.cjs FOLDER`, started where the packages are.

const { createRequire } = require('node:module');
const { createReadStream } = require('node:fs');
const { join } = require('node:path');

const installed = createRequire(`${process.cwd()}/`);
const express = installed('express');
const { DiskStorage, Uploadx } = installed('@uploadx/core');

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

const app = express();
app.use('/files', (request, response) => uploads.handle(request, response));
// Objects can be read as from Cloud Storage, once they are complete.
app.use((request, response) => {
  const name = decodeURIComponent(request.path.split('/').at(-1));
  if (!complete.has(name)) {
    response.sendStatus(404);
    return;
  }
  // It may have been cancelled since.
  createReadStream(join(directory, name))
    .on('error', () => response.sendStatus(404))
    .pipe(response);
});
const server = app.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
