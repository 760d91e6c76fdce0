// A deck: one media element and what feeds it. Two of them take turns, so that the next track is ready in time.
// The element stands beside <body>, which Turbo replaces, so that the sound goes on from page to page.
import { fetchTrack } from "../tracks.js";
import { hasMediaSource, loadHls } from "./stream.js";

/** @typedef {import("../tracks.js").Track} Track */
/** @typedef {import("hls.js").default} Hls */
/** @typedef {import("hls.js").ErrorData} ErrorData */

const WAITS = [0.5, 1, 2, 4, 8]; // seconds before each new try
const PATIENCE = 15; // seconds without progress that count as a failure
const GONE = [401, 403, 404, 410];
const FEED = {
  startFragPrefetch: true,
  // The first segment is what a listener waits for: no trial of the line before it, and the middle quality until the
  // line's speed is known.
  testBandwidth: false,
  abrEwmaDefaultEstimate: 300_000, // bit/s
  maxBufferLength: 30, // seconds
  maxMaxBufferLength: 60,
  backBufferLength: 60,
};

/**
 * Tells by events: "playing", "pause", "waiting", "timeupdate", "ended", "durationchange" (the element's own),
 * "level" (what is played changed), "refresh" (the track was described anew), "retry" and "failure".
 */
export class Deck extends EventTarget {
  element = document.createElement("audio");
  /** @type {Track | null} */
  track = null;
  /** @type {Hls | null} */
  #hls = null;
  #level = -1;
  #start = 0;
  #tries = 0;
  #load = 0; // counts, so that what comes too late is known for it
  #loading = Promise.resolve();
  #wanted = false; // whether it shall sound
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  constructor() {
    super();
    this.element.preload = "auto";
    document.documentElement.append(this.element);
    for (const name of ["playing", "pause", "waiting", "timeupdate", "ended", "durationchange"]) {
      this.element.addEventListener(name, () => this.#pass(name));
    }
    this.element.addEventListener("error", () => this.#hls || this.#stumble(null));
  }

  /** @param {string} name */
  #pass(name) {
    if (!this.track) return;
    clearTimeout(this.#patience);
    if (name === "waiting" && this.#wanted) this.#patience = setTimeout(() => this.#stumble(null), PATIENCE * 1000);
    if (name === "timeupdate" && !this.element.paused && this.element.currentTime > this.#start) this.#tries = 0;
    this.dispatchEvent(new Event(name));
  }

  /** @returns {number} seconds */
  get position() {
    return this.element.readyState ? this.element.currentTime : this.#start;
  }

  get duration() {
    return this.track?.duration ?? (Number.isFinite(this.element.duration) ? this.element.duration : 0);
  }

  /**
   * Get a track ready to sound from `at` seconds on.
   * @param {Track} track
   * @param {number} at
   */
  load(track, at) {
    this.unload();
    this.track = track;
    this.#start = at;
    this.#loading = this.#feed(track, at, this.#load);
  }

  /** @param {Track} track @param {number} at @param {number} load */
  async #feed(track, at, load) {
    if (!track.stream) return this.#stumble(null);
    if (!hasMediaSource) return this.#loadNative(track.stream.hls, at);
    try {
      const Hls = await loadHls();
      if (load === this.#load) this.#attach(Hls, track.stream.hls, at);
    } catch {
      if (load === this.#load) this.#stumble(null);
    }
  }

  /** @param {string} address @param {number} at */
  #loadNative(address, at) {
    this.element.src = address;
    this.element.addEventListener("loadedmetadata", () => (this.element.currentTime = at), { once: true });
  }

  /** @param {typeof import("hls.js").default} Hls @param {string} address @param {number} at */
  #attach(Hls, address, at) {
    const hls = new Hls({ ...FEED, startPosition: at });
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.#applyLevel());
    hls.on(Hls.Events.LEVEL_SWITCHED, () => this.dispatchEvent(new Event("level")));
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && this.#stumble(data));
    hls.loadSource(address);
    hls.attachMedia(this.element);
  }

  unload() {
    this.#load += 1;
    this.#wanted = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#patience);
    this.track = null;
    this.#hls?.destroy();
    this.#hls = null;
    this.element.pause();
    if (this.element.hasAttribute("src")) {
      this.element.removeAttribute("src");
      this.element.load();
    }
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

  /** @param {number} seconds */
  seek(seconds) {
    this.#start = seconds;
    if (this.element.readyState) this.element.currentTime = seconds;
    else if (this.track) this.#again(seconds);
  }

  /** @param {number} level 0 is the lowest; -1 chooses by the line's speed */
  set level(level) {
    this.#level = level;
    this.#applyLevel();
  }

  #applyLevel() {
    if (this.#hls?.levels.length) this.#hls.nextLevel = Math.min(this.#level, this.#hls.levels.length - 1);
  }

  /** @returns {{index: number, count: number, bitrate: number} | null} what is played at the moment */
  get playing() {
    const hls = this.#hls;
    const level = hls?.levels[hls.currentLevel];
    return hls && level ? { index: hls.currentLevel, count: hls.levels.length, bitrate: level.averageBitrate || level.bitrate } : null;
  }

  /** @param {ErrorData | null} error */
  #stumble(error) {
    if (!this.track) return;
    clearTimeout(this.#patience);
    if (error?.type === "mediaError" && this.#tries === 0) {
      this.#tries = 1;
      return this.#hls?.recoverMediaError();
    }
    const wait = WAITS[this.#tries++];
    if (wait === undefined) return void this.dispatchEvent(new Event("failure"));
    if (this.#tries > 1) this.dispatchEvent(new Event("retry"));
    this.#retry = setTimeout(() => this.#renew(GONE.includes(error?.response?.code ?? 0)), wait * 1000);
  }

  /** Begin anew where it stopped. @param {boolean} gone whether the address has run out */
  async #renew(gone) {
    const load = this.#load;
    const fresh = gone && this.track ? await fetchTrack(this.track.id) : null;
    if (load !== this.#load || !this.track) return;
    if (fresh) {
      this.track = fresh;
      this.dispatchEvent(new Event("refresh"));
    }
    this.#again(this.position);
  }

  /** @param {number} at */
  #again(at) {
    const [track, wanted, tries] = [this.track, this.#wanted, this.#tries];
    if (!track) return;
    this.load(track, at);
    this.#tries = tries;
    if (wanted) this.play().catch(() => undefined);
  }
}
