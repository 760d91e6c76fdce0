// Joins the tracks of a run in the media source, so that the last sample of one is followed by the first of the next.
//
// Encoders put a packet before the first sample, and the last packet is longer than the track. hls.js goes by the decode
// times in the segments, which count that packet, and would put each track later by it. The playlist is exact instead:
// so each track begins where the playlist says, and an append window cuts off what is not of it. Browsers cut by the
// lengths that the segment states, and it states of the last packet only what is of the track: so that is put right too.
// Chromium and Firefox cut within a packet, WebKit leaves out the whole of it: there a track ends up to a packet early.

/** @typedef {import("./stream.js").Hls} Hls */
/** @typedef {import("./stream.js").HlsClass} HlsClass */
/** @typedef {import("hls.js").LevelDetails} LevelDetails */
/** @typedef {{start: number, end: number}} Place seconds from the beginning of the run */

const GRAIN = 1e-6; // seconds: browsers round down, and what rounds to less than a boundary would be cut off
const FREE = 0x66726565; // "free": a box that means nothing (8.1.2)
const TABLE = 0x300; // flags of a trun box whose samples have a duration and a size (ISO/IEC 14496-12, 8.8.8)

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

/**
 * Put the fragments back to where the playlist has them.
 * @param {LevelDetails} details
 * @param {{start: number, duration: number}[]} written
 */
function restore({ fragments }, written) {
  for (const [n, { start, duration }] of written.entries()) {
    fragments[n].setStart(start);
    fragments[n].setDuration(duration);
  }
}

/**
 * Set the place before each append; about where it is, hls.js has set by then.
 * @param {SourceBuffer} buffer
 * @param {() => Place[]} places
 */
function guard(buffer, places) {
  const append = buffer.appendBuffer;
  let head = new Uint8Array(); // the initialisation of what comes
  let [uneven, priming, last] = [false, 0, 0n]; // whether the last packet is truly shorter; seconds; a decode time
  buffer.appendBuffer = function (data) {
    let segment = /** @type {Uint8Array<ArrayBuffer>} */ (data).slice(); // hls.js may use its own again
    const begin = beginOf(segment);
    if (begin === undefined) {
      [head, uneven, priming] = [segment, isFlac(segment), takeEdits(segment)];
    } else if (!uneven) {
      lengthen(segment);
    }
    if (begin === undefined || begin < last) buffer.abort(); // WebKitGTK loses what is earlier than what it has read
    if (begin !== undefined && begin < last) segment = joined(head, segment);
    last = begin ?? 0n;
    put(buffer, nearest(places(), buffer.timestampOffset), priming);
    append.call(buffer, segment);
  };
}

/** @param {SourceBuffer} buffer @param {Place | undefined} place @param {number} priming seconds */
function put(buffer, place, priming) {
  if (!place) return;
  buffer.timestampOffset = place.start - priming + GRAIN;
  buffer.appendWindowStart = 0; // the end must stay behind it
  buffer.appendWindowEnd = place.end + 2 * GRAIN;
  buffer.appendWindowStart = place.start;
}

/** @param {Place[]} places @param {number} seconds @returns {Place | undefined} the one that begins nearest */
function nearest(places, seconds) {
  const distance = (/** @type {Place} */ { start }) => Math.abs(start - seconds);
  return places.reduce((best, place) => (distance(place) < distance(best) ? place : best), places[0]);
}

/** @param {Uint8Array} head @param {Uint8Array} body @returns {Uint8Array<ArrayBuffer>} */
function joined(head, body) {
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

/** @param {Uint8Array} segment @returns {bigint | undefined} when it begins (8.8.12); nothing for an initialisation */
function beginOf(segment) {
  const { view, start, end } = inside(segment, ["moof", "traf", "tfdt"]);
  return end - start < 12 ? undefined : view.getBigUint64(start + 4);
}

/** @param {Uint8Array} head @returns {boolean} whether what comes after this initialisation is FLAC */
function isFlac(head) {
  const { view, start, end } = inside(head, ["moov", "trak", "mdia", "minf", "stbl", "stsd"]);
  return end - start >= 16 && nameAt(view, start + 12) === "fLaC"; // behind flags, count and the entry's size
}

/**
 * Take the edit list (8.6.6) out of an initialisation: only some browsers heed it.
 * @param {Uint8Array} head
 * @returns {number} the seconds that it leaves out before the first sample
 */
function takeEdits(head) {
  const { view, start, end } = inside(head, ["moov", "trak", "edts", "elst"]);
  const times = inside(head, ["moov", "trak", "mdia", "mdhd"]);
  if (end - start < 24 || times.end - times.start < 16) return 0;
  view.setUint32(start - 12, FREE); // the name of the box around it
  return Number(view.getBigInt64(start + 16)) / view.getUint32(times.start + 12);
}

/** State the last packet's whole length, which is that of the others. @param {Uint8Array} segment */
function lengthen(segment) {
  const { view, start, end } = inside(segment, ["moof", "traf", "trun"]);
  if (end - start < 20 || (view.getUint32(start) & 0xf00) !== TABLE) return;
  view.setUint32(end - 8, view.getUint32(start + 12)); // eight bytes each, behind flags, count and data offset
}

/**
 * @param {Uint8Array} segment
 * @param {string[]} kinds
 * @returns where in it the inside of the box at the end of that path is; empty if there is none
 */
function inside(segment, kinds) {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const within = kinds.reduce((part, kind) => find(view, part, kind), { start: 0, end: segment.length });
  return { view, ...within };
}

/** @param {DataView} view @param {{start: number, end: number}} within @param {string} kind */
function find(view, { start, end }, kind) {
  for (let at = start; at + 8 <= end; at += Math.max(8, view.getUint32(at))) {
    if (nameAt(view, at + 4) === kind) return { start: at + 8, end: at + view.getUint32(at) };
  }
  return { start: 0, end: 0 };
}

/** @param {DataView} view @param {number} at */
function nameAt(view, at) {
  return String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
}
