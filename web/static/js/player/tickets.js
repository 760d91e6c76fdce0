// Tickets stand in the addresses of tracks that are not for everybody, and run out. In time, each is exchanged for a new
// one, and whatever is asked for from then on is asked for with that.
import { fetchTrack } from "../tracks.js";

/** @typedef {import("../tracks.js").Track} Track */
/** @typedef {import("./queue.js").Item} Item */

const EARLY = 60_000; // milliseconds before its end that a ticket is exchanged; sooner if it lasts less than two of it
const PAUSE = 3000; // milliseconds, at least, between two exchanges: this browser's clock may be wrong
const LONGEST = 86_400_000; // milliseconds: timers that are to last for weeks fire at once

export class Tickets {
  #items;
  #tell;
  /** @type {Map<string, string>} TICKET/TRACK as it once was, and as it now is */
  #exchanged = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #over = false;

  /** @param {Item[]} items @param {(track: Track) => void} tell is told of each track that was described anew */
  constructor(items, tell) {
    this.#items = items;
    this.#tell = tell;
    this.#plan();
  }

  /** @param {string} address @returns {string} the same with tickets that are still good */
  renew(address) {
    return [...this.#exchanged].reduce((text, [old, fresh]) => text.replaceAll(old, fresh), address);
  }

  stop() {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  /**
   * Exchange tickets now.
   * @param {boolean} [all] whether also those without an end: what is open to all may change
   * @returns {Promise<boolean>} false if it was answered that none of the tracks may be had
   */
  async exchange(all = false) {
    const items = this.#items.filter((item) => all || endOf(item));
    const tracks = await Promise.all(items.map((item) => this.#exchangeOne(item)));
    this.#plan();
    return tracks.some((track) => track !== null);
  }

  /** @param {Item} item */
  async #exchangeOne(item) {
    const track = await fetchTrack(item.track.id);
    if (!track?.stream) return track === undefined ? undefined : null;
    const [old, fresh] = [partOf(item.track), partOf(track)];
    for (const [past, present] of this.#exchanged) if (present === old) this.#exchanged.set(past, fresh);
    if (fresh !== old) this.#exchanged.set(old, fresh);
    item.track = track;
    this.#tell(track);
    return track;
  }

  #plan() {
    clearTimeout(this.#timer);
    const end = Math.min(...this.#items.map((item) => endOf(item) || Infinity));
    if (this.#over || !Number.isFinite(end)) return;
    const left = Math.min(LONGEST, end - Date.now());
    this.#timer = setTimeout(() => this.exchange(), Math.max(PAUSE, left - Math.min(EARLY, left / 2)));
  }
}

/** @param {Item} item @returns {number} milliseconds since 1970; 0 for a ticket without end */
export function endOf({ track }) {
  return Date.parse(track.stream?.expires_at ?? "") || 0;
}

/** @param {Track} track @returns {string} the part of its address that opens it: TICKET/TRACK */
export function partOf({ stream }) {
  return stream?.hls.split("/").slice(2, 4).join("/") ?? "";
}
