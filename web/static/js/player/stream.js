// hls.js, fetched when it is first needed: a page must not wait for it. Where the browser has no media source
// extensions, it plays HLS by itself.

/** @typedef {import("hls.js").default} Hls */
/** @typedef {typeof import("hls.js").default} HlsClass */

/** @type {Promise<HlsClass> | undefined} */
let loading;

export const hasMediaSource = "MediaSource" in window || "ManagedMediaSource" in window;

/** @returns {Promise<HlsClass>} */
export function loadHls() {
  // The light build leaves out subtitles, encryption and alternative audio, none of which this server has.
  // A load that failed may be tried again.
  // @ts-expect-error It comes without types; its interface is a part of the whole build's.
  loading ??= import("hls.js/light").then((module) => module.default);
  const attempt = /** @type {Promise<HlsClass>} */ (loading);
  attempt.catch(() => (loading = undefined));
  return attempt;
}
