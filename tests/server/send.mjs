// Sends a file by tus-js-client: `node send.mjs ADDRESS COOKIE FILE OPTIONS`, where OPTIONS are the client's own as JSON.
// Prints one line of JSON: where the upload is, and what the last answer said became of it.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";

// The libraries are those of the folder that this is called in.
const { Upload } = createRequire(`${process.cwd()}/`)("tus-js-client");
const [address, cookie, file, options] = process.argv.slice(2);
let retries = 0;
const upload = new Upload(createReadStream(file), {
  endpoint: `${address}/api/v1/uploads/tus`,
  headers: { Cookie: cookie },
  metadata: { filename: basename(file) },
  retryDelays: Array(100).fill(100),
  onShouldRetry: () => (retries += 1, true),
  onError: (error) => {
    console.error(String(error));
    process.exitCode = 1;
  },
  onSuccess: ({ lastResponse }) =>
    console.log(JSON.stringify({ url: upload.url, location: lastResponse.getHeader("Upload-Location"), retries })),
  ...JSON.parse(options),
});
upload.start();
