// Sends one file by tus: in pieces, going on by itself when a lost line is back, and where it was after a reload.
import { say } from "../texts.js";

/** @typedef {import("tus-js-client").Upload} Upload */
/** @typedef {typeof import("tus-js-client").Upload} UploadClass */
/** @typedef {import("tus-js-client").HttpResponse} Response */
/** @typedef {{id: string} | {problem: string, again: boolean} | null} Outcome what became of it; null: it was cancelled */

const PLACE = "/api/v1/uploads/tus";
const PIECE = 16 * 2 ** 20; // bytes in one request: what a proxy takes, and as many as a killed server may lose
const [SOONEST, LATEST] = [1000, 15_000]; // milliseconds before the next try, growing
const PASSING = [409, 423, 429]; // refusals that are over in a moment; so are all of the server's own failures

let underWay = 0;

/** @returns {boolean} whether anything is on its way, which would be lost with the tab */
export function isSending() {
  return underWay > 0;
}

export class Sending {
  /** @type {Upload | null} */
  #upload = null;
  #cancelled = false;
  #wake = () => {};

  /**
   * @param {File} file
   * @param {Record<string, string>} said what is said of it
   * @param {(part: number) => void} progress called with the part that is sent, 0 to 1
   * @param {() => void} pause called when the line is lost
   */
  constructor(file, said, progress, pause) {
    this.file = file;
    this.said = said;
    this.progress = progress;
    this.pause = pause;
  }

  /** @returns {string | null} the path at which the server keeps what has arrived, once it does */
  get address() {
    return pathOf(this.#upload?.url);
  }

  /** @returns {Promise<Outcome>} */
  async start() {
    underWay += 1;
    try {
      const Upload = await this.#library();
      return Upload && (await this.#carry(Upload));
    } finally {
      underWay -= 1;
    }
  }

  /** @returns {Promise<UploadClass | null>} what sends, as soon as the line lets it come; null: it was cancelled */
  async #library() {
    for (let pause = SOONEST; !this.#cancelled; pause = Math.min(LATEST, pause * 2)) {
      try {
        return (await import("tus-js-client")).Upload;
      } catch {
        this.pause();
        await this.#lineIsBack(pause);
      }
    }
    return null;
  }

  /** @param {UploadClass} Upload @returns {Promise<Outcome>} */
  async #carry(Upload) {
    /** @type {(end: Response | Error) => void} */
    let done = () => {};
    let pause = SOONEST;
    const upload = new Upload(this.file, {
      endpoint: PLACE,
      chunkSize: PIECE,
      metadata: this.said,
      fingerprint: (file) => Promise.resolve(markOf(/** @type {File} */ (file), this.said)),
      removeFingerprintOnSuccess: true,
      retryDelays: null, // whether and when to try again is decided here
      onProgress: (sent, total) => this.progress(sent / total),
      onChunkComplete: () => (pause = SOONEST),
      onSuccess: ({ lastResponse }) => done(lastResponse),
      onError: (error) => done(error),
    });
    this.#upload = upload;
    await this.#goOnWhereItWas(upload);
    while (!this.#cancelled) {
      const end = await new Promise((/** @type {(value: Response | Error) => void} */ resolve) => {
        done = resolve;
        this.#wake = () => resolve(new Error("cancelled"));
        upload.start();
      });
      if (this.#cancelled) return null;
      if (!(end instanceof Error)) return received(end);
      const refusal = refusalOf(end);
      if (refusal) return refusal;
      this.pause();
      await this.#lineIsBack(pause);
      pause = Math.min(LATEST, pause * 2);
    }
    return null;
  }

  /** Take it back: nothing of it stays on the server. */
  async cancel() {
    this.#cancelled = true;
    this.#wake();
    await this.#upload?.abort(Boolean(this.#upload.url)).catch(() => undefined); // what is left there expires
  }

  /**
   * An earlier visit may have sent a part of this very file. It holds to what was said of it then: where that is
   * another thing now, such as who may hear it, it is taken back, and the file begins anew.
   * @param {Upload} upload
   */
  async #goOnWhereItWas(upload) {
    const [before] = await upload.findPreviousUploads();
    if (!before?.uploadUrl) return;
    document.querySelector(`[data-arrival="${CSS.escape(pathOf(before.uploadUrl) ?? "")}"]`)?.remove();
    upload.resumeFromPreviousUpload(before);
    if (isSame(before.metadata, this.said)) return;
    await upload.abort(true).catch(() => undefined); // what is left there expires
    upload.url = null;
  }

  /** @param {number} pause milliseconds @returns {Promise<void>} */
  #lineIsBack(pause) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        removeEventListener("online", end);
        resolve();
      };
      const timer = setTimeout(end, pause);
      addEventListener("online", end);
      this.#wake = end;
    });
  }
}

/** @param {File} file @param {Record<string, string>} said @returns {string} what is sent on if a part of it is there */
function markOf({ name, size, lastModified }, { replaces = "" }) {
  return ["upload", name, size, lastModified, replaces].join("/");
}

/** @param {Record<string, string>} said @param {Record<string, string>} other @returns {boolean} */
function isSame(said, other) {
  return new URLSearchParams(said).toString() === new URLSearchParams(other).toString();
}

/** @param {string | null | undefined} address */
function pathOf(address) {
  return address ? new URL(address, location.href).pathname : null;
}

/** @param {Response} answer @returns {Outcome} */
function received(answer) {
  const address = answer.getHeader("Upload-Location");
  return address ? { id: address.split("/").at(-1) ?? "" } : { problem: say("lost"), again: true };
}

/** @param {Error} error @returns {Outcome} what the server refused it for; null when it was but the line */
function refusalOf(error) {
  const answer = /** @type {import("tus-js-client").DetailedError} */ (error).originalResponse;
  const status = answer?.getStatus() ?? 0;
  if (status < 400 || status >= 500 || PASSING.includes(status)) return null;
  if (status === 401) return { problem: say("signedOut"), again: true };
  return { problem: detailOf(answer?.getBody() ?? "") ?? say("lost"), again: false };
}

/** @param {string} body @returns {string | undefined} */
function detailOf(body) {
  try {
    return JSON.parse(body).detail;
  } catch {
    return undefined;
  }
}
