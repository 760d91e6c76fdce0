// The rungs of a stream, and which of them suits the listener's choice: by bit rate and codec, as every track has others.

/** @typedef {"auto" | "low" | "normal" | "high" | "lossless"} Quality */
/** @typedef {{audioCodec?: string, averageBitrate: number, bitrate: number}} Rung as hls.js describes it; bit/s */

/** @type {Partial<Record<Quality, number>>} Opus 64 and 96, AAC 64 and 128, each with its container (bit/s) */
const MOST = { low: 80_000, normal: 140_000 };
const NAMES = { mp4a: "AAC", opus: "Opus", flac: "FLAC" };

/** @param {Rung} rung */
export function isLossless(rung) {
  return codecOf(rung) === "flac";
}

/** @param {Rung} rung @returns {"mp4a" | "opus" | "flac"} */
function codecOf({ audioCodec = "" }) {
  return /** @type {"mp4a" | "opus" | "flac"} */ (audioCodec.toLowerCase().split(".")[0]);
}

/** @param {Rung} rung @returns {number} bit/s */
function rateOf(rung) {
  return rung.averageBitrate || rung.bitrate;
}

/**
 * The best rung for a quality. Only who asks for lossless sound gets it; where there is none, the best of the others.
 * @param {Rung[]} rungs the lowest first
 * @param {Quality} quality "auto" means the best that may be taken without being asked
 * @param {boolean} [saving] whether the listener wants to spare the line
 * @returns {number} its index
 */
export function bestFor(rungs, quality, saving = false) {
  if (quality === "lossless" && rungs.some(isLossless)) return rungs.length - 1;
  const most = MOST[quality === "auto" && saving ? "low" : quality] ?? Infinity;
  return Math.max(0, rungs.findLastIndex((rung) => !isLossless(rung) && rateOf(rung) <= most));
}

/** @param {Rung} rung @returns {{codec: string, bitrate: number, lossless: boolean}} for people; bit/s */
export function describe(rung) {
  return { codec: NAMES[codecOf(rung)] ?? "", bitrate: rateOf(rung), lossless: isLossless(rung) };
}

/** @returns {boolean} whether the listener has told the browser to spare the line */
export function isSaving() {
  return Boolean(/** @type {any} */ (navigator).connection?.saveData);
}
