// Tracks as the server describes them: in the page for those that are on it, and anew when an address has run out.

/**
 * @typedef {object} Track
 * @property {string} id
 * @property {string} title
 * @property {string} url
 * @property {{name: string, url: string}} artist
 * @property {string} credited
 * @property {{id: string, title: string, url: string} | null} release
 * @property {number | null} duration seconds
 * @property {{colour: string | null, sizes: Record<string, string>} | null} artwork
 * @property {{integrated: number | null, true_peak: number | null} | null} loudness LUFS and dBTP
 * @property {{hls: string, expires_at?: string | null} | null} stream
 * @property {string} waveform
 */

/** @type {{element: Element | null, tracks: Record<string, Track>}} what was read last, and where */
let read = { element: null, tracks: {} };

/** @returns {Record<string, Track>} the tracks of the present page, by id; read once a page */
export function onThisPage() {
  const element = document.getElementById("playable");
  if (read.element !== element) read = { element, tracks: JSON.parse(element?.textContent ?? "{}") };
  return read.tracks;
}

/**
 * @param {string} id
 * @returns {Promise<Track | null | undefined>} null where it may not be had, undefined where nobody answers
 */
export async function fetchTrack(id) {
  try {
    const response = await fetch(`/api/v1/tracks/${id}`);
    if (response.ok) return await response.json();
    return response.status < 429 ? null : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Track} track */
export function creditOf(track) {
  return track.credited || track.artist.name;
}
