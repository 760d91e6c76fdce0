// Joins the tracks of a run in the media source, so that the last sample of one is followed by the first of the next.
//
// Encoders put a packet before the first sample, and the last packet is longer than the track. hls.js goes by the decode
// times in the segments, which count that packet, and would put each track later by it. The playlist is exact instead:
// so each track begins where the playlist says, and an append window cuts off what is not of it.

/** @typedef {import("./stream.js").Hls} Hls */
/** @typedef {import("./stream.js").HlsClass} HlsClass */
/** @typedef {import("hls.js").LevelDetails} LevelDetails */
/** @typedef {{start: number, end: number}} Place seconds from the beginning of the run */

const BEYOND = 1; // second: the append window of the last track need not be exact

/** @param {HlsClass} Hls @param {Hls} hls */
export function splice(Hls, hls) {
  /** @type {WeakMap<LevelDetails, {start: number, duration: number}[]>} */
  const written = new WeakMap();
  /** @type {Place[]} */
  let places = [];
  hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
    written.set(details, details.fragments.map(({ start, duration }) => ({ start, duration })));
    places = placesOf(details);
  });
  hls.on(Hls.Events.LEVEL_PTS_UPDATED, (_, { details }) => restore(details, written.get(details) ?? []));
  hls.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => {
    const buffer = tracks.audio?.buffer;
    if (buffer) guard(/** @type {SourceBuffer} */ (buffer), () => places);
  });
}

/** @param {LevelDetails} details @returns {Place[]} where each track is */
function placesOf({ fragments }) {
  /** @type {Place[]} */
  const places = [];
  for (const { cc, start, duration } of fragments) {
    places[cc] ??= { start, end: 0 };
    places[cc].end = start + duration;
  }
  return places;
}

/** Put the fragments back to where the playlist has them. @param {LevelDetails} details @param {{start: number, duration: number}[]} written */
function restore({ fragments }, written) {
  for (const [n, { start, duration }] of written.entries()) {
    fragments[n].setStart(start);
    fragments[n].setDuration(duration);
  }
}

/** Set the place before each append: hls.js has by then set about where it would put it. @param {SourceBuffer} buffer @param {() => Place[]} places */
function guard(buffer, places) {
  const append = buffer.appendBuffer;
  buffer.appendBuffer = function (data) {
    const all = places();
    const place = nearest(all, buffer.timestampOffset);
    if (place) {
      buffer.timestampOffset = place.start;
      buffer.appendWindowStart = 0; // the end must stay behind it
      buffer.appendWindowEnd = place === all.at(-1) ? place.end + BEYOND : place.end;
      buffer.appendWindowStart = place.start;
    }
    append.call(buffer, data);
  };
}

/** @param {Place[]} places @param {number} seconds @returns {Place | undefined} the one that begins nearest */
function nearest(places, seconds) {
  const distance = (/** @type {Place} */ { start }) => Math.abs(start - seconds);
  return places.reduce((best, place) => (distance(place) < distance(best) ? place : best), places[0]);
}
