// How sound reaches this browser: hls.js over its media source extensions where it has them, else by itself. hls.js is
// fetched when it is first needed: a page must not wait for it.

/** @typedef {import("hls.js").default} Hls */
/** @typedef {typeof import("hls.js").default} HlsClass */

/** @type {Promise<HlsClass> | undefined} */
let loading;

const Source = globalThis.MediaSource ?? /** @type {any} */ (globalThis).ManagedMediaSource;

export const hasMediaSource = Boolean(Source);

/** @returns {Promise<HlsClass>} */
export function loadHls() {
  // The light build leaves out subtitles, alternative audio and rights management, none of which this server has;
  // AES-128 and content steering are in it. A load that failed may be tried again.
  // @ts-expect-error It comes without types; its interface is a part of the whole build's.
  loading ??= import("hls.js/light").then((module) => module.default);
  const attempt = /** @type {Promise<HlsClass>} */ (loading);
  attempt.catch(() => (loading = undefined));
  return attempt;
}

/** @returns {string} the codecs (RFC 6381) that this browser plays in fragmented MP4, as the server is told them */
export function playableCodecs() {
  return ["mp4a.40.2", "opus", "flac"].filter(isPlayable).join(",");
}

/** @returns {boolean} whether anything of this server's can be heard in this browser */
export function playsStreams() {
  return playableCodecs() !== "" && (hasMediaSource || new Audio().canPlayType("application/vnd.apple.mpegurl") !== "");
}

/** @param {string} codec */
function isPlayable(codec) {
  const type = `audio/mp4; codecs="${codec}"`;
  return Source ? Source.isTypeSupported(type) : new Audio().canPlayType(type) !== "";
}
