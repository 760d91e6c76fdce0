// How loud it is: the listener's volume, silence, and even loudness. Turning up needs Web Audio, which is woken by the
// first Play alone; where media plays without it (HLS by the browser itself), a track can only be turned down.
import { recall, remember } from "../memory.js";
import { hasMediaSource } from "./stream.js";

const GLIDE = 0.01; // seconds: the time constant with which the gain changes under a sound, so that nothing clicks

export class Volume {
  /** @type {number} 0 to 1 */
  value = recall("volume", 1);
  /** @type {boolean} */
  muted = recall("muted", false);
  /** @type {boolean} */
  even = recall("loudness", true);
  #elements;
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Map<HTMLAudioElement, GainNode>} */
  #gains = new Map();

  /** @param {HTMLAudioElement[]} elements */
  constructor(elements) {
    this.#elements = elements;
  }

  save() {
    remember("volume", this.value);
    remember("muted", this.muted);
    remember("loudness", this.even);
  }

  /** Make Web Audio ready where it is wanted; to be called while a press is being handled. */
  async wake() {
    if (this.even && hasMediaSource && !this.#context) this.#build();
    // Not only "suspended": iOS says "interrupted" after a call.
    if (this.#context && this.#context.state !== "running") await this.#context.resume();
  }

  #build() {
    this.#context = new AudioContext({ latencyHint: "playback" });
    for (const element of this.#elements) {
      const gain = this.#context.createGain();
      gain.gain.value = element.dataset.gain ? Number(element.dataset.gain) : 1;
      this.#context.createMediaElementSource(element).connect(gain).connect(this.#context.destination);
      this.#gains.set(element, gain);
    }
  }

  /** @param {HTMLAudioElement} element @param {number} evenGain what even loudness would turn it by */
  apply(element, evenGain) {
    const gain = this.even ? evenGain : 1;
    const node = this.#gains.get(element);
    element.dataset.gain = String(gain);
    if (node && element.paused) node.gain.value = gain;
    else node?.gain.setTargetAtTime(gain, node.context.currentTime, GLIDE);
    const turned = node || (this.even && hasMediaSource) ? 1 : Math.min(1, gain);
    element.volume = this.value ** 2 * turned; // the square is nearer to how loudness is heard
    for (const one of this.#elements) one.muted = this.muted;
  }
}
