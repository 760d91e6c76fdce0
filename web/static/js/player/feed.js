// A feed: hls.js as a deck uses it, for one run. It fetches, chooses the rung and fills the element's media source.
import { bestFor, describe, isLossless, isSaving } from "./rungs.js";
import { pass, policies, watch } from "./retries.js";
import { splice } from "./splice.js";

/** @typedef {import("./stream.js").Hls} Hls */
/** @typedef {import("./stream.js").HlsClass} HlsClass */
/** @typedef {import("./rungs.js").Quality} Quality */
/** @typedef {import("./tickets.js").Tickets} Tickets */
/** @typedef {import("hls.js").ErrorData} ErrorData */

const SETTINGS = {
  startFragPrefetch: true,
  // The first segment is what a listener waits for: no trial of the line before it, and the middle quality until the
  // line's speed is known.
  testBandwidth: false,
  abrEwmaDefaultEstimate: 300_000, // bit/s
  // With a segment more, this is for how long somebody still hears what has been taken from them.
  maxBufferLength: 25, // seconds
  maxMaxBufferLength: 25,
  backBufferLength: 60,
};

const GONE = [401, 403, 404, 410];

/** @param {number | undefined} status @returns {boolean} whether an answer says that the address is no longer good */
export function isGone(status) {
  return GONE.includes(status ?? 0);
}

export class Feed {
  #hls;
  /** @type {Quality} */
  #quality;

  /**
   * @param {HlsClass} Hls
   * @param {HTMLAudioElement} element
   * @param {{address: string, at: number, quality: Quality, tickets: Tickets}} what `at` is in seconds
   * @param {{level: () => void, arrival: () => void, error: (error: ErrorData) => void}} tell what is heard of it: another
   *   rung plays, sound has arrived, it cannot go on by itself
   */
  constructor(Hls, element, { address, at, quality, tickets }, tell) {
    const hls = new Hls({ ...SETTINGS, ...policies(Hls), startPosition: at, xhrSetup: opener(tickets) });
    this.#hls = hls;
    this.#quality = quality;
    splice(Hls, hls);
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.#begin());
    hls.on(Hls.Events.LEVELS_UPDATED, () => this.#limit());
    hls.on(Hls.Events.LEVEL_SWITCHED, tell.level);
    hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => frag.sn !== "initSegment" && tell.arrival());
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal && !this.#isOver(data)) return;
      hls.stopLoad();
      tell.error(data);
    });
    hls.loadSource(address);
    hls.attachMedia(element);
  }

  /**
   * Whether an address plays no more, and not only on one of several hosts: other rungs need not be tried.
   * @param {ErrorData} error
   */
  #isOver({ response }) {
    return isGone(response?.code) && this.#hls.pathways.length < 2;
  }

  destroy() {
    this.#hls.destroy();
  }

  /** Whether it knows what there is to fetch. */
  get isReady() {
    return this.#hls.levels.length > 0;
  }

  /** Fetch on after an error; what has arrived is kept. @param {boolean} broken whether the error was the element's */
  goOn(broken) {
    if (broken) this.#hls.recoverMediaError();
    else this.#hls.startLoad();
  }

  /** @param {Quality} quality */
  set quality(quality) {
    this.#quality = quality;
    if (!this.isReady) return;
    this.#limit();
    this.#hls.nextLevel = quality === "auto" ? -1 : bestFor(this.#hls.levels, quality);
  }

  /** @returns {{codec: string, bitrate: number, lossless: boolean} | null} what is played at the moment */
  get playing() {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return level ? describe(level) : null;
  }

  /** @returns {ReturnType<typeof describe> | null} what the listener has chosen and is yet to hear: what is fetched now */
  get coming() {
    const { levels, currentLevel, loadLevel } = this.#hls;
    return this.#quality !== "auto" && loadLevel !== currentLevel && levels[loadLevel] ? describe(levels[loadLevel]) : null;
  }

  get offersLossless() {
    return this.#hls.levels.some(isLossless);
  }

  #begin() {
    const { levels, firstLevel } = this.#hls;
    this.#limit();
    if (this.#quality === "auto") this.#hls.startLevel = Math.min(firstLevel, this.#hls.autoLevelCapping);
    else this.#hls.nextLevel = bestFor(levels, this.#quality);
  }

  /** Whatever hls.js does by itself stays within this. */
  #limit() {
    this.#hls.autoLevelCapping = bestFor(this.#hls.levels, "auto", isSaving());
  }
}

/** @param {Tickets} tickets @returns {(request: XMLHttpRequest, address: string) => Promise<void>} how requests begin */
function opener(tickets) {
  return async (request, address) => {
    await pass(address);
    request.open("GET", tickets.renew(address), true);
    watch(request);
  };
}
