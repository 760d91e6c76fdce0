// Even loudness: how much a track is turned up or down, so that all play at one level and none clips.

/** @typedef {import("../tracks.js").Track} Track */

const TARGET = -14; // LUFS
const CEILING = -1; // dBTP: room for what the codec adds

/**
 * The gain for a track: as part of its album where the album plays, so that quiet songs stay quiet between loud ones.
 * @param {Track} track
 * @param {Track[]} company the tracks that play together with it
 * @returns {number} linear
 */
export function gainFor(track, company) {
  const together = company.length > 1 ? company : [track];
  const integrated = average(together);
  if (integrated === null) return 1;
  const peak = Math.max(...together.map((one) => one.loudness?.true_peak ?? 0));
  return 10 ** (Math.min(TARGET - integrated, CEILING - peak) / 20);
}

/** @param {Track[]} tracks @returns {number | null} their loudness together, by energy and length */
function average(tracks) {
  let [energy, seconds] = [0, 0];
  for (const { loudness, duration } of tracks) {
    if (loudness?.integrated == null || !duration) continue;
    energy += duration * 10 ** (loudness.integrated / 10);
    seconds += duration;
  }
  return seconds ? 10 * Math.log10(energy / seconds) : null;
}
