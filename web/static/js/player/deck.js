// A deck: one media element and what feeds it: a run of tracks. Two decks take turns, so that what the run does not hold
// is ready in time. The element stands beside <body>, which Turbo replaces, so that the sound goes on from page to page.
import { Feed, isGone } from "./feed.js";
import { Run } from "./run.js";
import { hasMediaSource, loadHls, playableCodecs } from "./stream.js";
import { endOf, Tickets } from "./tickets.js";

/** @typedef {import("../tracks.js").Track} Track */
/** @typedef {import("./queue.js").Item} Item */
/** @typedef {import("./rungs.js").Quality} Quality */
/** @typedef {import("hls.js").ErrorData} ErrorData */

const WAITS = [0.5, 1, 2, 4, 8]; // seconds before each new try
const PATIENCE = 15; // seconds without progress that count as a failure
const BREAKS = 3; // of the element, without a second of sound between them, that are a failure
const OUT = 200; // milliseconds
const NEAR = 0.6; // seconds before a track's end from which the end is timed: the element tells the time too seldom
const HELD = 0.5; // seconds of sound that must be there for it to be no stop

/**
 * Tells by events: "playing", "pause", "waiting", "timeupdate", "ended", "durationchange" (the element's own),
 * "track" (the run has come to its next track), "level" (another rung plays), "refresh" (detail: a track that was
 * described anew), "retry" and "failure".
 */
export class Deck extends EventTarget {
  element = document.createElement("audio");
  /** @type {Run | null} */
  #run = null;
  #index = 0; // of the track that sounds
  /** @type {Feed | null} */
  #feed = null;
  /** @type {Tickets | null} */
  #tickets = null;
  /** @type {Quality} */
  #quality = "auto";
  #start = 0; // seconds from the beginning of the run
  #tries = 0;
  #breaks = 0; // of the element, at about the same moment
  #load = 0; // counts, so that what comes too late is known for it
  #loading = Promise.resolve();
  #wanted = false; // whether it shall sound
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #tryNow = () => {}; // what the timer above is set for
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #crossing;

  constructor() {
    super();
    this.element.preload = "auto";
    document.documentElement.append(this.element);
    for (const name of ["playing", "pause", "waiting", "timeupdate", "ended", "durationchange"]) {
      this.element.addEventListener(name, () => this.#pass(name));
    }
    this.element.addEventListener("error", () => this.#break());
    addEventListener("online", () => this.#retry && this.#tryNow());
  }

  /** The element itself gave up: hls.js hears of that only when it next has something to put in. */
  #break() {
    if (!this.#run || !this.element.error) return;
    if (++this.#breaks > BREAKS) return void this.dispatchEvent(new Event("failure"));
    this.#stumble(null);
  }

  /** @param {string} name */
  #pass(name) {
    if (!this.#run) return;
    clearTimeout(this.#patience);
    if (name === "waiting" && this.#wanted) this.#patience = setTimeout(() => this.#stumble(null), PATIENCE * 1000);
    if (name === "timeupdate") this.#follow();
    this.dispatchEvent(new Event(name));
  }

  /** Notice when the sound crosses into another track of the run. */
  #follow() {
    clearTimeout(this.#crossing);
    if (!this.#run || this.element.seeking) return;
    if (this.element.currentTime > this.#start + 1) this.#breaks = 0;
    if (!this.#feed && this.element.currentTime > this.#start) this.#tries = 0;
    const index = this.#run.at(this.#now);
    if (index !== this.#index) {
      this.#index = index;
      return void this.dispatchEvent(new Event("track"));
    }
    const left = this.#run.start(index + 1) - this.#now;
    if (left < NEAR && !this.element.paused) this.#crossing = setTimeout(() => this.#follow(), left * 1000 + 1);
  }

  /** @returns {number} seconds from the beginning of the run */
  get #now() {
    return this.element.currentTime || this.#start;
  }

  /** @returns {Item | null} the entry of the queue that it plays or is about to */
  get item() {
    return this.#run?.items[this.#index] ?? null;
  }

  /** @returns {Item | null} the one that follows without a pause */
  get following() {
    return this.#run?.items[this.#index + 1] ?? null;
  }

  /** @returns {number} seconds from the beginning of the track */
  get position() {
    return this.#run ? Math.max(0, this.#now - this.#run.start(this.#index)) : 0;
  }

  /** Whether it stands ready at the beginning of a track. @param {Item} item */
  isFresh(item) {
    return this.item === item && this.element.paused && this.position === 0;
  }

  get duration() {
    const { duration } = this.element;
    return this.item?.track.duration ?? (Number.isFinite(duration) ? duration : 0);
  }

  /**
   * Get ready to sound.
   * @param {Item[]} items what is to be heard one after the other
   * @param {number} at seconds from the beginning of the first
   */
  load(items, at) {
    this.unload();
    this.#run = new Run(items);
    this.#index = this.#tries = this.#breaks = 0;
    this.#start = at;
    this.#tickets = new Tickets(this.#run.items, (track) => this.#refresh(track));
    this.#loading = this.#fill(this.#run, this.#tickets, at, this.#load);
  }

  /** @param {Run} run @param {Tickets} tickets @param {number} at @param {number} load */
  async #fill(run, tickets, at, load) {
    const isOver = (/** @type {Item} */ item) => endOf(item) > 0 && endOf(item) < Date.now();
    try {
      const [Hls] = await Promise.all([hasMediaSource ? loadHls() : null, run.items.some(isOver) && tickets.exchange()]);
      if (load !== this.#load) return;
      const address = run.address(playableCodecs());
      if (!address) this.#stumble(null);
      else if (Hls) this.#attach(Hls, address, at, tickets);
      else this.#loadNative(address, at);
    } catch {
      if (load === this.#load) this.#stumble(null);
    }
  }

  /** @param {string} address @param {number} at */
  #loadNative(address, at) {
    this.element.src = address;
    this.element.addEventListener("loadedmetadata", () => (this.element.currentTime = at), { once: true });
  }

  /** @param {typeof import("hls.js").default} Hls @param {string} address @param {number} at @param {Tickets} tickets */
  #attach(Hls, address, at, tickets) {
    this.#feed = new Feed(Hls, this.element, { address, at, tickets, quality: this.#quality }, {
      level: () => this.dispatchEvent(new Event("level")),
      arrival: () => (this.#tries = 0),
      error: (error) => this.#stumble(error),
    });
  }

  unload() {
    this.#load += 1;
    this.#wanted = false;
    for (const timer of [this.#retry, this.#patience, this.#crossing]) clearTimeout(timer);
    this.#tickets?.stop();
    this.#run = this.#tickets = null;
    this.#retry = undefined;
    this.#feed?.destroy();
    this.#feed = null;
    this.element.pause();
    if (this.element.hasAttribute("src")) {
      this.element.removeAttribute("src");
      this.element.load();
    }
  }

  /** Let the last samples out, and be free then; whatever is loaded meanwhile stays. */
  leave() {
    const load = this.#load;
    setTimeout(() => load === this.#load && this.unload(), OUT);
  }

  /** @returns {Promise<void>} rejects where the browser wants a press first */
  async play() {
    this.#wanted = true;
    await this.#loading; // a source that is set later would end the playing
    if (!this.#wanted) return;
    try {
      await this.element.play();
    } catch (error) {
      // A new source or a pause came between: whoever caused it goes on from there.
      if (error instanceof DOMException && error.name === "NotAllowedError") throw error;
    }
  }

  pause() {
    this.#wanted = false;
    this.element.pause();
  }

  /** @param {number} seconds from the beginning of the track */
  seek(seconds) {
    if (!this.#run) return;
    this.#start = this.#run.start(this.#index) + seconds;
    if (this.element.readyState) this.element.currentTime = this.#start;
    else this.#again();
  }

  /**
   * Go to another track of the run.
   * @param {Item} item
   * @param {number} at seconds from its beginning
   * @returns {boolean} whether it is in the run
   */
  go(item, at) {
    const index = this.#run?.items.indexOf(item) ?? -1;
    if (index < 0) return false;
    this.#index = index;
    this.seek(at);
    return true;
  }

  /** @param {Quality} quality */
  set quality(quality) {
    this.#quality = quality;
    if (this.#feed) this.#feed.quality = quality;
  }

  get playing() {
    return this.#feed?.playing ?? null;
  }

  get coming() {
    return this.#feed?.coming ?? null;
  }

  get offersLossless() {
    return this.#feed?.offersLossless ?? false;
  }

  /** @returns {boolean} whether there is sound for a while yet */
  get #holds() {
    const { buffered, currentTime } = this.element;
    return [...Array(buffered.length).keys()].some(
      (n) => buffered.start(n) <= currentTime && buffered.end(n) > currentTime + HELD,
    );
  }

  /** @param {ErrorData | null} error */
  #stumble(error) {
    if (!this.#run || this.#retry) return;
    clearTimeout(this.#patience);
    const broken = error?.type === "mediaError";
    if (broken && this.#tries++ === 0) return this.#feed?.goOn(true);
    // Without a line no other track could be had either.
    const wait = WAITS[this.#tries++] ?? (this.#holds || !navigator.onLine ? WAITS.at(-1) : undefined);
    if (wait === undefined) return void this.dispatchEvent(new Event("failure"));
    if ((!error || this.#tries > 1) && !this.#holds) this.dispatchEvent(new Event("retry"));
    this.#tryNow = () => this.#renew(isGone(error?.response?.code), broken || !error);
    this.#retry = setTimeout(this.#tryNow, wait * 1000);
  }

  /** Go on where it stopped. @param {boolean} gone whether an address has run out @param {boolean} anew */
  async #renew(gone, anew) {
    const load = this.#load;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const refused = gone && (await this.#tickets?.exchange(true)) === false;
    if (load !== this.#load) return;
    if (refused) this.#tries = WAITS.length; // what is there is played, and that is all
    if (this.#feed?.isReady && !anew) this.#feed.goOn(false);
    else this.#again(gone);
  }

  /** @param {Track} track */
  #refresh(track) {
    this.dispatchEvent(new CustomEvent("refresh", { detail: track }));
  }

  /** Begin anew from the present moment. @param {boolean} [alone] with this track only, since one of the run may be gone */
  #again(alone = false) {
    if (!this.#run) return;
    const items = this.#run.items.slice(this.#index, alone ? this.#index + 1 : undefined);
    const [at, wanted, tries, breaks] = [this.position, this.#wanted, this.#tries, this.#breaks];
    this.load(items, at);
    [this.#tries, this.#breaks] = [tries, breaks];
    if (wanted) this.play().catch(() => undefined);
  }
}
