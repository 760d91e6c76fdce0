// What is tried again, and when: a server that has too much to do says how long to wait, and is then left alone for it.

/** @typedef {import("./stream.js").HlsClass} HlsClass */
/** @typedef {import("hls.js").LoadPolicy} LoadPolicy */
/** @typedef {import("hls.js").RetryConfig} RetryConfig */

const BUSY = [429, 503];
const LONGEST = 60; // seconds that are waited, whatever the server says

/** @type {Map<string, number>} until when (milliseconds, as of performance.now()) each host is left alone */
const opens = new Map();

/** Wait until the host of an address wants to be asked. @param {string} address */
export async function pass(address) {
  const { host } = new URL(address, location.href);
  for (let left; (left = (opens.get(host) ?? 0) - performance.now()) > 0; ) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

/** Look at a request when it has been answered. @param {XMLHttpRequest} request */
export function watch(request) {
  request.addEventListener("load", () => {
    if (!BUSY.includes(request.status)) return;
    const seconds = Number(/^retry-after: *(\d+)/im.exec(request.getAllResponseHeaders())?.[1] ?? 0);
    opens.set(new URL(request.responseURL).host, performance.now() + Math.min(seconds, LONGEST) * 1000);
  });
}

/** @param {HlsClass} Hls @returns the load policies of hls.js, which by itself gives up at a 429 */
export function policies({ DefaultConfig: usual }) {
  return {
    manifestLoadPolicy: patient(usual.manifestLoadPolicy),
    playlistLoadPolicy: patient(usual.playlistLoadPolicy),
    fragLoadPolicy: patient(usual.fragLoadPolicy),
    keyLoadPolicy: patient(usual.keyLoadPolicy),
  };
}

/** @param {LoadPolicy} policy @returns {LoadPolicy} */
function patient({ default: usual }) {
  const errorRetry = /** @type {RetryConfig} */ (usual.errorRetry);
  return { default: { ...usual, errorRetry: { ...errorRetry, shouldRetry } } };
}

/** @type {NonNullable<RetryConfig["shouldRetry"]>} */
function shouldRetry(config, count, isTimeout, response, retry) {
  return retry || (response?.code === 429 && !!config && count < config.maxNumRetry);
}
