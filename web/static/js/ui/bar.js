// The bar at the bottom: shows what the player does, and hands it what is pressed.
import { clock } from "../clock.js";
import { say } from "../texts.js";
import { creditOf } from "../tracks.js";
import { tint } from "./colour.js";
import { Waveform } from "./waveform.js";

/** @typedef {import("../player/player.js").Player} Player */

const NOTICE = 6000; // milliseconds
const WIDE = "(min-width: 48rem)"; // from where on there is no large player

export class Bar {
  element = /** @type {HTMLElement} */ (document.getElementById("player"));
  #player;
  #wave;
  #blank; // what stands there for a picture
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #notice;

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
    this.#wave = new Waveform(this.part("wave"));
    this.#blank = /** @type {Element} */ (this.part("art").firstElementChild);
    this.#wave.addEventListener("seek", (event) => player.seek(/** @type {CustomEvent} */ (event).detail));
    this.part("volume").addEventListener("input", (event) => this.#turn(/** @type {HTMLInputElement} */ (event.target)));
    this.element.addEventListener("click", (event) => this.#press(event));
    player.addEventListener("track", () => this.#showTrack());
    player.addEventListener("state", () => this.#showState());
    player.addEventListener("time", () => this.#showTime());
    player.addEventListener("queue", () => this.#showOrder());
    player.addEventListener("settings", () => this.#showVolume());
    player.addEventListener("notice", (event) => {
      const { key, title } = /** @type {CustomEvent} */ (event).detail;
      this.notice(say(key, { title }));
    });
    // A page that Turbo brings is not yet out of the keyboard's way.
    document.addEventListener("turbo:load", () => this.fold(this.#isLarge));
    matchMedia(WIDE).addEventListener("change", () => this.fold(false));
    this.element.hidden = false;
    this.#showVolume();
  }

  get #isLarge() {
    return this.element.classList.contains("large");
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return /** @type {HTMLElement} */ (this.element.querySelector(`[data-part="${name}"]`));
  }

  /** @param {string} name @returns {HTMLButtonElement} */
  button(name) {
    return /** @type {HTMLButtonElement} */ (this.element.querySelector(`[data-do="${name}"]`));
  }

  /** Say something for a while. @param {string} text */
  notice(text) {
    clearTimeout(this.#notice);
    this.part("notice").textContent = text;
    this.element.classList.toggle("speaks", true);
    this.#notice = setTimeout(() => {
      this.part("notice").textContent = "";
      this.element.classList.toggle("speaks", false);
    }, NOTICE);
  }

  /** @param {MouseEvent} event */
  #press(event) {
    const name = /** @type {Element} */ (event.target).closest("[data-do]")?.getAttribute("data-do");
    const player = this.#player;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      toggle: () => player.toggle(),
      next: () => player.next(),
      previous: () => player.previous(),
      shuffle: () => player.shuffle(),
      repeat: () => player.repeat(),
      mute: () => player.adjust((volume) => (volume.muted = !volume.muted)),
      fold: () => this.fold(!this.#isLarge),
    };
    if (name) acts[name]?.();
    else if (/** @type {Element} */ (event.target).closest("a")) this.fold(false); // what it leads to lies behind
  }

  /** @param {boolean} large whether the player takes the whole screen, on a phone */
  fold(large) {
    this.element.classList.toggle("large", large);
    this.button("fold").ariaExpanded = String(large);
    document.documentElement.classList.toggle("covered", large);
    for (const part of document.querySelectorAll("body > :not(#player)")) /** @type {HTMLElement} */ (part).inert = large;
    this.#sizeArt();
  }

  /** @param {HTMLInputElement} slider */
  #turn(slider) {
    this.#player.adjust((volume) => {
      volume.value = Number(slider.value) / 100;
      volume.muted = false;
    });
  }

  #showTrack() {
    const { track } = this.#player;
    this.element.classList.toggle("has-track", !!track);
    document.documentElement.classList.toggle("has-player", !!track);
    if (!track) return this.fold(false);
    tint(this.element, track.artwork?.colour);
    this.#link("title", track.title, track.url);
    this.#link("artist", creditOf(track), track.artist.url);
    this.#showArt(track);
    this.#wave.show(track.waveform, track.duration ?? 0);
    this.#showTime();
    this.#wave.redraw();
  }

  /** @param {string} part @param {string} text @param {string} address */
  #link(part, text, address) {
    const link = /** @type {HTMLAnchorElement} */ (this.part(part));
    link.textContent = text;
    link.href = address;
  }

  /** @param {import("../tracks.js").Track} track */
  #showArt(track) {
    const frame = /** @type {HTMLAnchorElement} */ (this.part("art"));
    frame.href = track.release?.url ?? track.url;
    if (!track.artwork) return frame.replaceChildren(this.#blank);
    const image = frame.querySelector("img") ?? new Image(600, 600);
    image.alt = "";
    frame.replaceChildren(image);
    this.#sizeArt();
  }

  /**
   * Without a `srcset`: Turbo leaves a copy of the player on each page that it takes away, and Chromium holds on to
   * what stands in a window's list of images to be chosen anew, with the whole page around it.
   */
  #sizeArt() {
    const image = this.part("art").querySelector("img");
    const { sizes } = this.#player.track?.artwork ?? {};
    const address = sizes?.[this.#isLarge ? 600 : devicePixelRatio > 1.5 ? 300 : 96];
    if (image && address && image.getAttribute("src") !== address) image.src = address;
  }

  #showState() {
    const { playing, waiting } = this.#player;
    this.element.classList.toggle("playing", playing);
    this.element.classList.toggle("waiting", playing && waiting);
    this.button("toggle").ariaLabel = say(playing ? "pause" : "play");
  }

  #showTime() {
    const { position, duration } = this.#player;
    this.part("elapsed").textContent = clock(position);
    this.part("total").textContent = clock(Math.round(duration));
    this.#wave.position = position;
  }

  #showOrder() {
    const { queue } = this.#player;
    this.button("shuffle").ariaPressed = String(queue.shuffled);
    const repeat = this.button("repeat");
    repeat.ariaPressed = String(queue.repeat !== "off");
    repeat.classList.toggle("one", queue.repeat === "one");
    repeat.ariaLabel = say({ off: "repeatOff", all: "repeatAll", one: "repeatOne" }[queue.repeat]);
    repeat.title = repeat.ariaLabel;
    this.button("next").disabled = queue.next < 0;
  }

  #showVolume() {
    const { value, muted } = this.#player.volume;
    const slider = /** @type {HTMLInputElement} */ (this.part("volume"));
    slider.value = String(Math.round((muted ? 0 : value) * 100));
    slider.style.setProperty("--filled", `${slider.value}%`);
    const mute = this.button("mute");
    mute.ariaPressed = String(muted);
    mute.title = say(muted ? "unmute" : "mute");
  }
}
