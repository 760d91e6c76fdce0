// A waveform to walk along: a slider that is drawn as bars, the played part in the accent colour.
import { clock } from "../clock.js";
import { say } from "../texts.js";
import { loadPeaks, reduce } from "./peaks.js";

const BAR = 2; // CSS pixels
const GAP = 1;
const STEP = 5; // seconds by an arrow key
const LEAP = 30; // seconds by a page key

/** Tells "seek" (detail: seconds) when somebody walks along it. */
export class Waveform extends EventTarget {
  #element;
  #canvas;
  #duration = 0;
  #position = 0;
  /** @type {number | null} where the pointer is, 0 to 1 */
  #pointer = null;
  #address = "";
  /** @type {Float32Array<ArrayBufferLike>} */
  #peaks = new Float32Array();
  /** @type {Float32Array<ArrayBufferLike>} */
  #bars = new Float32Array();
  #frame = 0;
  #observer = new ResizeObserver(() => this.#measure());
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #redraws = () => this.redraw();

  /** @param {HTMLElement} element a role=slider with a canvas in it */
  constructor(element) {
    super();
    this.#element = element;
    this.#canvas = /** @type {HTMLCanvasElement} */ (element.querySelector("canvas"));
    this.#observer.observe(element);
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("pointerdown", (event) => this.#press(event));
    element.addEventListener("pointermove", (event) => this.#hover(event));
    element.addEventListener("pointerleave", () => this.#leave());
    // The colours may change with the page or with the time of day.
    this.#scheme.addEventListener("change", this.#redraws);
  }

  /** @param {string} address @param {number} duration seconds */
  async show(address, duration) {
    this.#duration = duration;
    this.#element.ariaValueMax = String(Math.floor(duration));
    if (address === this.#address) return;
    this.#address = address;
    this.#peaks = new Float32Array();
    this.#measure();
    const peaks = await loadPeaks(address);
    if (address !== this.#address) return;
    this.#peaks = peaks;
    this.#measure();
  }

  /** @param {number} seconds */
  set position(seconds) {
    if (seconds === this.#position) return;
    this.#position = seconds;
    const whole = String(Math.floor(seconds));
    if (whole !== this.#element.ariaValueNow) {
      this.#element.ariaValueNow = whole;
      this.#element.ariaValueText = say("position", { elapsed: clock(seconds), total: clock(this.#duration) });
    }
    this.redraw();
  }

  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Let go of what would outlive the page that it stands on. */
  stop() {
    this.#observer.disconnect();
    this.#scheme.removeEventListener("change", this.#redraws);
    cancelAnimationFrame(this.#frame);
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#bars = reduce(this.#peaks, Math.max(1, Math.floor((width + GAP) / (BAR + GAP))));
    this.redraw();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    if (!context || !this.#canvas.width) return;
    const style = getComputedStyle(this.#element);
    const [played, rest, ahead] = ["--wave-played", "--wave-rest", "--wave-ahead"].map((name) => style.getPropertyValue(name));
    const { clientWidth: width, clientHeight: height } = this.#element;
    const ratio = this.#canvas.width / width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const done = this.#duration ? (this.#position / this.#duration) * width : 0;
    const reach = this.#pointer === null ? 0 : this.#pointer * width;
    this.#bars.forEach((bar, index) => {
      const x = index * (BAR + GAP);
      const tall = Math.max(BAR, bar * height);
      context.fillStyle = x + BAR / 2 <= done ? played : x <= reach ? ahead : rest;
      context.beginPath();
      context.roundRect(x, (height - tall) / 2, BAR, tall, BAR / 2);
      context.fill();
    });
  }

  /** @param {number} seconds */
  #seek(seconds) {
    const detail = Math.min(Math.max(0, seconds), this.#duration);
    this.dispatchEvent(new CustomEvent("seek", { detail }));
  }

  /** @param {PointerEvent} event @returns {number} 0 to 1 */
  #along(event) {
    const { left, width } = this.#element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button || !this.#duration) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#pointer = this.#along(event);
    const release = (/** @type {PointerEvent} */ last) => {
      this.#element.removeEventListener("pointercancel", cancel);
      this.#seek(this.#along(last) * this.#duration);
      if (last.pointerType !== "mouse") this.#leave();
    };
    const cancel = () => {
      this.#element.removeEventListener("pointerup", release);
      this.#leave();
    };
    this.#element.addEventListener("pointerup", release, { once: true });
    this.#element.addEventListener("pointercancel", cancel, { once: true });
    this.redraw();
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    this.#pointer = this.#along(event);
    this.#element.title = clock(this.#pointer * this.#duration);
    this.redraw();
  }

  #leave() {
    this.#pointer = null;
    this.redraw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    /** @type {Record<string, number>} */
    const places = {
      ArrowRight: this.#position + STEP,
      ArrowUp: this.#position + STEP,
      ArrowLeft: this.#position - STEP,
      ArrowDown: this.#position - STEP,
      PageUp: this.#position + LEAP,
      PageDown: this.#position - LEAP,
      Home: 0,
      End: this.#duration,
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#seek(places[event.key]);
  }
}
