// The queue: what plays, in which order. Pure data; it knows nothing of sound or of the page.

/** @typedef {import("../tracks.js").Track} Track */
/** @typedef {{key: number, track: Track, place: number}} Item `place` is where it stood before shuffling */
/** @typedef {"off" | "all" | "one"} Repeat */

/**
 * @typedef {object} Saved
 * @property {{track: Track, place: number}[]} items
 * @property {number} index
 * @property {boolean} shuffled
 * @property {Repeat} repeat
 */

/** @type {Repeat[]} */
const REPEATS = ["off", "all", "one"];

export class Queue {
  /** @type {Item[]} */
  items = [];
  index = -1;
  shuffled = false;
  /** @type {Repeat} */
  repeat = "off";
  #keys = 0;

  /** @returns {Item | null} */
  get item() {
    return this.items[this.index] ?? null;
  }

  get current() {
    return this.item?.track ?? null;
  }

  /** @returns {number} the index of what comes after this one by itself, -1 for nothing */
  get following() {
    if (this.repeat === "one") return this.index;
    return this.#after();
  }

  /** @param {number} index @returns {Item[]} what plays one after the other by itself from there to the end of the queue */
  from(index) {
    return this.items.slice(index, this.repeat === "one" ? index + 1 : undefined);
  }

  #after() {
    if (this.index + 1 < this.items.length) return this.index + 1;
    return this.repeat === "off" || !this.items.length ? -1 : 0;
  }

  /** @param {Track[]} tracks @param {number} index */
  replace(tracks, index) {
    this.items = tracks.map((track, place) => ({ key: this.#keys++, track, place }));
    this.index = index;
    if (this.shuffled) this.#mix();
  }

  /** @param {Track} track */
  add(track) {
    this.items.push({ key: this.#keys++, track, place: this.items.length });
    if (this.index < 0) this.index = 0;
  }

  /** @param {number} index @returns {boolean} whether it was the one that plays */
  remove(index) {
    this.items.splice(index, 1);
    const current = index === this.index;
    if (index < this.index || this.index >= this.items.length) this.index -= 1;
    return current;
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    if (to < 0 || to >= this.items.length) return;
    const playing = this.items[this.index];
    this.items.splice(to, 0, ...this.items.splice(from, 1));
    this.index = this.items.indexOf(playing);
  }

  /** Leave nothing but what plays. */
  clear() {
    this.items = this.items.filter((_, index) => index === this.index);
    this.index = this.items.length - 1;
  }

  /** @returns {number} what Next leads to, -1 for nothing */
  get next() {
    return this.#after();
  }

  /** @returns {number} what Previous leads to */
  get previous() {
    return this.index > 0 ? this.index - 1 : this.repeat === "all" ? this.items.length - 1 : 0;
  }

  toggleShuffle() {
    this.shuffled = !this.shuffled;
    if (this.shuffled) this.#mix();
    else this.#sort();
  }

  cycleRepeat() {
    this.repeat = REPEATS[(REPEATS.indexOf(this.repeat) + 1) % REPEATS.length];
  }

  /** Mix everything but what plays, which comes first (Fisher and Yates). */
  #mix() {
    if (this.index > 0) this.items.unshift(...this.items.splice(this.index, 1));
    this.index = Math.min(this.index, 0);
    for (let last = this.items.length - 1; last > 1; last -= 1) {
      const other = 1 + Math.floor(Math.random() * last);
      [this.items[last], this.items[other]] = [this.items[other], this.items[last]];
    }
  }

  #sort() {
    const playing = this.items[this.index];
    this.items.sort((one, other) => one.place - other.place);
    this.index = this.items.indexOf(playing);
  }

  /** @param {Track} fresh the same track, described anew */
  refresh(fresh) {
    for (const item of this.items) if (item.track.id === fresh.id) item.track = fresh;
  }

  /** @returns {Saved} */
  save() {
    const items = this.items.map(({ track, place }) => ({ track, place }));
    return { items, index: this.index, shuffled: this.shuffled, repeat: this.repeat };
  }

  /** @param {Saved} saved */
  load(saved) {
    this.items = saved.items.map(({ track, place }) => ({ key: this.#keys++, track, place }));
    this.index = Math.min(saved.index, this.items.length - 1);
    this.shuffled = saved.shuffled;
    this.repeat = saved.repeat;
  }
}
