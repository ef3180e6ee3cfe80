// npm @tus/server with its file store: `node tus.cjs FOLDER`, started where the packages are.

const { createRequire } = require('node:module');
const { createServer } = require('node:http');
const { pathToFileURL } = require('node:url');

const here = createRequire(`${process.cwd()}/`);
// They are modules of the other kind, which Node loads by their address.
const load = (name) => import(pathToFileURL(here.resolve(name)));

async function main() {
  const [{ Server }, { FileStore }] = await Promise.all([load('@tus/server'), load('@tus/file-store')]);
  const uploads = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] }) });
  const server = createServer(uploads.handle.bind(uploads));
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
}

main();
