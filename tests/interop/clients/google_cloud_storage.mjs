// npm @google-cloud/storage: File.createWriteStream, in chunks, in one request of a session, or
// without one (DRIVER_MODE=chunks, single, multipart).

import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

// The packages are in the folder in which this is started.
const require = createRequire(`${process.cwd()}/`);
const { IdempotencyStrategy, Storage } = require('@google-cloud/storage');

const text = { type: 'string' };
const options = { endpoint: text, name: text, file: text, length: text, chunk: text };
const { values: task } = parseArgs({ options });

const storage = new Storage({
  apiEndpoint: task.endpoint,
  projectId: 'project',
  useAuthWithCustomEndpoint: false,
  // By default it repeats nothing without a precondition.
  retryOptions: { idempotencyStrategy: IdempotencyStrategy.RetryAlways, maxRetryDelay: 1, totalTimeout: 15 },
});
const file = storage.bucket('demo').file(task.name);
const metadata = { contentType: 'application/octet-stream' };
if (task.length === 'known') metadata.contentLength = statSync(task.file).size;
const resumable = process.env.DRIVER_MODE !== 'multipart';
const chunkSize = process.env.DRIVER_MODE === 'chunks' ? Number(task.chunk) : undefined;

let outcome;
try {
  await pipeline(createReadStream(task.file), file.createWriteStream({ resumable, chunkSize, metadata }));
  outcome = { ok: true, result: `${file.metadata.size} bytes` };
} catch (error) {
  console.error(error);
  outcome = { ok: false, error: `${error.name}: ${error.message}`.slice(0, 400) };
}
console.log(JSON.stringify(outcome));
process.exit(outcome.ok ? 0 : 1);
