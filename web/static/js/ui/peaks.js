// Peaks of tracks, as the server measured them (BBC audiowaveform, version 2), reduced to as many bars as there is room.

/** @type {Map<string, Promise<Float32Array>>} one value (0 to 1) for each stretch of equal length */
const known = new Map();

/** @param {string} address @returns {Promise<Float32Array>} empty where there are none */
export function loadPeaks(address) {
  let peaks = known.get(address);
  if (!peaks) {
    peaks = fetchPeaks(address).catch(() => (known.delete(address), new Float32Array()));
    known.set(address, peaks);
  }
  return peaks;
}

/** @param {string} address */
async function fetchPeaks(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(address);
  /** @type {{data: number[], bits: number, channels?: number}} */
  const { data, bits, channels = 1 } = await response.json();
  const full = 2 ** (bits - 1);
  const step = 2 * channels;
  const peaks = new Float32Array(Math.floor(data.length / step));
  for (let at = 0; at < peaks.length; at += 1) {
    for (let of = at * step; of < (at + 1) * step; of += 1) peaks[at] = Math.max(peaks[at], Math.abs(data[of]) / full);
  }
  return peaks;
}

/**
 * Peaks of `count` equal stretches, relative to the loudest: mostly the mean, so that the shape of the music shows even
 * where every bar touches the ceiling once.
 * @param {Float32Array} peaks
 * @param {number} count
 */
export function reduce(peaks, count) {
  const bars = new Float32Array(count);
  if (!peaks.length) return bars;
  for (let bar = 0; bar < count; bar += 1) {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let [most, sum] = [0, 0];
    for (let at = from; at < to; at += 1) {
      most = Math.max(most, peaks[at]);
      sum += peaks[at];
    }
    bars[bar] = 0.35 * most + (0.65 * sum) / (to - from);
  }
  const loudest = Math.max(...bars, 0.05);
  return bars.map((bar) => bar / loudest);
}
