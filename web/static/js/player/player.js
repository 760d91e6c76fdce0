// The player: a queue, two decks, and what the listener has chosen. It knows nothing of the page; the page listens.
import { recall, remember } from "../memory.js";
import { Deck } from "./deck.js";
import { gainFor } from "./loudness.js";
import { Queue } from "./queue.js";
import { playsStreams } from "./stream.js";
import { Volume } from "./volume.js";

/** @typedef {import("../tracks.js").Track} Track */
/** @typedef {import("./rungs.js").Quality} Quality */

const AHEAD = 25; // seconds before the end at which what follows is made ready, where this deck does not hold it
const BACK = 3; // seconds after which Previous begins the track anew
const SAVE = 2000; // milliseconds between two notes of the position
const SLOW = 5000; // milliseconds without sound after which the listener is told that it is still to come

/**
 * Tells by events: "track", "state", "time", "sought" (by the listener), "queue", "settings", "level", and "notice"
 * (detail: a text's key).
 */
export class Player extends EventTarget {
  queue = new Queue();
  /** Whether it sounds, or would as soon as data is there. */
  playing = false;
  waiting = false;
  /** @type {Quality} */
  quality = recall("quality", "auto");
  #decks = [new Deck(), new Deck()];
  #volume = new Volume(this.#decks.map((deck) => deck.element));
  #at = 0; // where to begin, while nothing is loaded
  #saved = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #handover;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;

  constructor() {
    super();
    for (const deck of this.#decks) this.#listen(deck);
    this.setQuality(this.quality);
    addEventListener("pagehide", () => this.#savePosition());
  }

  /** @param {Deck} deck */
  #listen(deck) {
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      deck.addEventListener(name, () => deck === this.#deck && act());
    on("playing", () => this.#enter(true, false));
    on("waiting", () => this.#enter(this.playing, true));
    on("pause", () => this.#paused(deck));
    on("timeupdate", () => this.#pass());
    on("durationchange", () => this.#tell("time"));
    on("track", () => this.#cross());
    on("ended", () => this.#handOver());
    on("level", () => this.#tell("level"));
    on("retry", () => this.#notice("retrying"));
    on("failure", () => this.#fail());
    deck.addEventListener("failure", () => deck !== this.#deck && deck.unload()); // tried again when it is its turn
    deck.addEventListener("refresh", (event) => this.queue.refresh(/** @type {CustomEvent} */ (event).detail));
  }

  get #deck() {
    return this.#decks[0];
  }

  get track() {
    return this.queue.current;
  }

  get position() {
    return this.#deck.item ? this.#deck.position : this.#at;
  }

  get duration() {
    return (this.#deck.item ? this.#deck.duration : this.track?.duration) || 0;
  }

  /** What is heard: codec and bit rate (bit/s). */
  get level() {
    return this.#deck.playing;
  }

  /** What the listener has chosen, and will hear in a moment; null once it is heard. */
  get coming() {
    return this.#deck.coming;
  }

  get offersLossless() {
    return this.#deck.offersLossless;
  }

  get volume() {
    return this.#volume;
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {string} key */
  #notice(key) {
    this.#tell("notice", { key, title: this.track?.title ?? "" });
  }

  /** @param {boolean} playing @param {boolean} waiting */
  #enter(playing, waiting) {
    if (playing && !waiting) this.#failures = 0;
    if (playing === this.playing && waiting === this.waiting) return;
    [this.playing, this.waiting] = [playing, waiting];
    clearTimeout(this.#slow);
    if (playing && waiting) this.#slow = setTimeout(() => this.#notice("slow"), SLOW);
    this.#tell("state");
  }

  /** A pause that nobody here asked for: headphones pulled out, another app. @param {Deck} deck */
  #paused(deck) {
    if (!deck.element.ended && deck.item && deck.element.readyState) this.#enter(false, false);
    this.#savePosition();
  }

  // -- What a listener asks for ---------------------------------------------------------------------------------------

  /** @param {Track[]} tracks @param {number} index @param {number} [at] seconds */
  playList(tracks, index, at = 0) {
    this.queue.replace(tracks, index);
    this.#tell("queue");
    return this.#start(at);
  }

  /** @param {number} index */
  playAt(index) {
    this.queue.index = index;
    return this.#start(0);
  }

  async play() {
    if (!this.track) return;
    if (!this.#deck.item) return this.#start(this.#at);
    await this.#sound();
  }

  pause() {
    this.#deck.pause();
    this.#enter(false, false);
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  next() {
    return this.queue.next >= 0 ? this.playAt(this.queue.next) : undefined;
  }

  previous() {
    const isFirst = this.queue.index < 1 && this.queue.repeat !== "all";
    if (this.position > BACK || isFirst) return this.seek(0);
    return this.playAt(this.queue.previous);
  }

  /** @param {number} seconds */
  seek(seconds) {
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.25));
    this.#at = to;
    clearTimeout(this.#handover);
    if (this.#deck.item) this.#deck.seek(to);
    this.#tell("time");
    this.#tell("sought");
  }

  /** @param {Track} track */
  enqueue(track) {
    this.queue.add(track);
    this.#changed();
    if (this.queue.items.length === 1) this.#tell("track");
    this.#tell("notice", { key: "queued", title: track.title });
  }

  /** @param {number} index */
  remove(index) {
    const isLast = index === this.queue.items.length - 1;
    const current = this.queue.remove(index);
    this.#changed();
    if (!current) return;
    if (this.playing && !isLast) return this.#start(0);
    this.#stop();
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    this.queue.move(from, to);
    this.#changed();
  }

  clear() {
    this.queue.clear();
    this.#changed();
  }

  /** Leave nothing of what was played for whoever comes next to this browser. */
  forget() {
    this.queue.replace([], -1);
    this.#changed();
    this.#stop();
  }

  shuffle() {
    this.queue.toggleShuffle();
    this.#changed();
  }

  repeat() {
    this.queue.cycleRepeat();
    this.#changed();
  }

  /** @param {Quality} quality */
  setQuality(quality) {
    this.quality = quality;
    remember("quality", quality);
    for (const deck of this.#decks) deck.quality = quality;
    this.#tell("settings");
  }

  /** @param {(volume: Volume) => void} change */
  adjust(change) {
    change(this.#volume);
    this.#volume.save();
    this.#level(0);
    if (this.playing) this.#volume.wake().then(() => this.#level(0), () => undefined);
    this.#tell("settings");
  }

  /** Come back to what was there before the page was loaded anew; silent until somebody presses Play. */
  restore() {
    const saved = recall("queue", /** @type {import("./queue.js").Saved | null} */ (null));
    if (!saved?.items?.length) return;
    this.queue.load(saved);
    this.#at = recall("position", 0);
    this.#tell("queue");
    this.#tell("track");
    this.#tell("time");
  }

  // -- How it comes about ---------------------------------------------------------------------------------------------

  /** @param {number} at seconds */
  async #start(at) {
    const { item } = this.queue;
    if (!item) return;
    if (!playsStreams()) return this.#notice("unsupported");
    clearTimeout(this.#handover);
    this.#at = at;
    if (this.#decks[1].isFresh(item) && at === 0) this.#swap();
    else if (!this.#deck.go(item, at)) this.#deck.load(this.queue.from(this.queue.index), at);
    this.#announce();
    this.#enter(true, true);
    await this.#sound();
  }

  /** Tell that another track plays. */
  #announce() {
    this.#tell("track");
    this.#tell("queue");
    this.#saveQueue();
  }

  async #sound() {
    this.#level(0);
    this.#enter(true, true);
    try {
      await Promise.all([this.#volume.wake(), this.#deck.play()]);
    } catch {
      this.#refused();
    }
  }

  /** The browser wants a press first. */
  #refused() {
    this.#enter(false, false);
    this.#notice("blocked");
  }

  /** Set what the deck at `index` of `#decks` is turned up or down by. @param {number} index */
  #level(index) {
    const track = this.#decks[index].item?.track ?? this.track;
    if (track) this.#volume.apply(this.#decks[index].element, gainFor(track, this.#company(track)));
  }

  /** @param {Track} track @returns {Track[]} the tracks of its release, where they play as they stand */
  #company(track) {
    if (this.queue.shuffled || !track.release) return [track];
    return this.queue.items.map((item) => item.track).filter((other) => other.release?.id === track.release?.id);
  }

  #swap() {
    const [old] = this.#decks;
    this.#decks.reverse();
    old.unload();
  }

  #pass() {
    this.#tell("time");
    if (Date.now() - this.#saved > SAVE) this.#savePosition();
    const left = this.duration - this.position;
    if (this.playing && left < AHEAD) this.#prepare();
    clearTimeout(this.#handover);
    // The element tells of its end late; a timer that is set shortly before is not.
    if (this.playing && left < 0.6 && this.#decks[1].item && !this.#flows) {
      this.#handover = setTimeout(() => this.#handOver(), Math.max(0, left * 1000 - 15));
    }
  }

  /** @returns {import("./queue.js").Item | null} what plays after this by itself */
  get #upcoming() {
    return this.queue.items[this.queue.following] ?? null;
  }

  /** Whether this deck goes on with it without a pause. */
  get #flows() {
    return this.#deck.following === this.#upcoming;
  }

  /** Let the other deck make ready what comes next. */
  #prepare() {
    const upcoming = this.#upcoming;
    const [, waiting] = this.#decks;
    if (!upcoming || waiting.item === upcoming || this.#flows) return;
    waiting.load(this.queue.from(this.queue.following), 0);
    this.#level(1);
  }

  /** This deck has come to the next track of its run: what should follow, unless the queue was changed meanwhile. */
  #cross() {
    if (this.#deck.item !== this.#upcoming) return this.#handOver();
    this.queue.index = this.queue.following;
    this.#at = 0;
    this.#level(0);
    this.#announce();
    this.#tell("time");
  }

  /** Go over to what follows on the other deck. */
  #handOver() {
    clearTimeout(this.#handover);
    const upcoming = this.#upcoming;
    if (!upcoming) {
      this.queue.index = 0; // Play begins it all again
      this.#changed();
      return this.#stop();
    }
    const [old, ready] = this.#decks;
    const isOver = old.element.ended || (old.following === null && old.item === this.queue.item);
    this.queue.index = this.queue.following;
    if (ready.item !== upcoming) {
      old.unload();
      return void this.#start(0);
    }
    this.#decks.reverse();
    this.#level(0);
    ready.play().catch(() => this.#refused());
    this.#at = 0;
    if (isOver) old.leave(); // its last samples are still on their way out
    else old.unload(); // or it would go on with what the queue no longer has
    this.#announce();
  }

  #stop() {
    for (const deck of this.#decks) deck.unload();
    this.#at = 0;
    this.#enter(false, false);
    this.#tell("track");
    this.#tell("time");
    this.#savePosition();
  }

  #fail() {
    const goesOn = this.queue.next >= 0 && ++this.#failures < Math.min(3, this.queue.items.length);
    this.#notice(goesOn ? "gaveUp" : "stopped");
    this.#at = this.#deck.position;
    this.#deck.unload();
    if (goesOn) return void this.next();
    this.#enter(false, false);
  }

  #changed() {
    if (this.#decks[1].item) this.#decks[1].unload();
    this.#tell("queue");
    this.#saveQueue();
  }

  #saveQueue() {
    remember("queue", this.queue.save());
    this.#savePosition();
  }

  #savePosition() {
    this.#saved = Date.now();
    remember("position", this.position);
  }
}
