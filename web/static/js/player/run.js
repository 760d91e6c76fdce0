// A run: tracks that one deck plays as one stream, so that there is nothing between them. It says where each begins.

import { partOf } from "./tickets.js";

/** @typedef {import("./queue.js").Item} Item */

const MOST = 24; // as many as the server puts into one playlist
const GRAIN = 0.005; // seconds by which media elements round

export class Run {
  /** @type {Item[]} */
  items;
  /** @type {number[]} seconds from the beginning of the run to that of each track, and to the end of the last */
  #starts = [0];

  /** @param {Item[]} items what plays one after the other; as far as one can follow the other, and at least the first */
  constructor(items) {
    const gap = items.findIndex(({ track }) => !track.stream || !track.duration);
    this.items = items.slice(0, gap < 0 ? MOST : Math.min(MOST, Math.max(1, gap)));
    for (const { track } of this.items) this.#starts.push(this.start(this.#starts.length - 1) + (track.duration ?? 0));
  }

  /** @param {number} index @returns {number} seconds */
  start(index) {
    return this.#starts[index];
  }

  /** @param {number} seconds from the beginning of the run @returns {number} the index of the track that sounds then */
  at(seconds) {
    const after = this.#starts.findIndex((start) => start > seconds + GRAIN);
    return after < 0 ? this.items.length - 1 : Math.max(0, after - 1);
  }

  /** @param {string} codecs @returns {string} the address of its master playlist, "" where there is nothing to play */
  address(codecs) {
    const [{ track }] = this.items;
    if (!track.stream) return "";
    if (this.items.length === 1) return `${track.stream.hls}?codecs=${codecs}`;
    return `/hls/run/master.m3u8?of=${this.items.map((item) => partOf(item.track)).join(",")}&codecs=${codecs}`;
  }
}
