// What opens above the bar: the queue, and the choices about sound. One at a time; Escape and a press outside close it.
import { say } from "../texts.js";
import { creditOf } from "../tracks.js";

/** @typedef {import("../player/player.js").Player} Player */
/** @typedef {import("./bar.js").Bar} Bar */

const NAMES = ["queue", "settings"];

/** @param {Player} player @param {Bar} bar */
export function startPanels(player, bar) {
  for (const name of NAMES) bar.button(name).addEventListener("click", () => toggle(bar, name));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close(bar);
  });
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.isConnected && !target.closest("#player")) close(bar);
  });
  bar.button("clear").addEventListener("click", () => player.clear());
  startQueue(player, bar.part("queue"));
  startSound(player, bar);
}

/** @param {Bar} bar @param {string} name */
function panelOf(bar, name) {
  const id = bar.button(name).getAttribute("aria-controls") ?? "";
  return /** @type {HTMLElement} */ (bar.element.querySelector(`#${id}`));
}

/** @param {Bar} bar @param {string} wanted */
function toggle(bar, wanted) {
  const isOpening = panelOf(bar, wanted).hidden === true;
  for (const name of NAMES) open(bar, name, name === wanted && isOpening);
}

/** @param {Bar} bar */
function close(bar) {
  const opened = NAMES.find((name) => !panelOf(bar, name).hidden);
  if (!opened) return bar.fold(false);
  const inside = panelOf(bar, opened).contains(document.activeElement);
  open(bar, opened, false);
  if (inside) bar.button(opened).focus();
}

/** @param {Bar} bar @param {string} name @param {boolean} shown */
function open(bar, name, shown) {
  panelOf(bar, name).hidden = !shown;
  bar.button(name).ariaExpanded = String(shown);
}

/** @param {Player} player @param {HTMLElement} list */
function startQueue(player, list) {
  list.addEventListener("click", (event) => {
    const pressed = /** @type {HTMLElement} */ (event.target).closest("[data-queue]");
    if (pressed) act(player, list, /** @type {HTMLElement} */ (pressed));
  });
  for (const name of ["queue", "track"]) player.addEventListener(name, () => fill(player, list));
  fill(player, list);
}

/** @param {Player} player @param {HTMLElement} list @param {HTMLElement} pressed */
function act(player, list, pressed) {
  const row = /** @type {HTMLElement} */ (pressed.closest("li"));
  const index = [...list.children].indexOf(row);
  const { queue: what = "" } = pressed.dataset;
  /** @type {Record<string, () => unknown>} */
  const acts = {
    play: () => player.playAt(index),
    higher: () => player.move(index, index - 1),
    lower: () => player.move(index, index + 1),
    remove: () => player.remove(index),
  };
  acts[what]();
  const now = what === "higher" ? index - 1 : what === "lower" ? index + 1 : index;
  focus(list, now, what);
}

/** Keep the keyboard where it was, on rows that were made anew. @param {HTMLElement} list @param {number} index @param {string} what */
function focus(list, index, what) {
  const row = list.children[Math.min(Math.max(0, index), list.children.length - 1)];
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector(`[data-queue="${what}"]`))?.focus();
}

/** @param {Player} player @param {HTMLElement} list */
function fill(player, list) {
  const held = /** @type {HTMLElement | null} */ (list.contains(document.activeElement) ? document.activeElement : null);
  const at = [...list.children].findIndex((row) => row.contains(held));
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("queue-row"));
  const rows = player.queue.items.map(({ track }, index) => {
    const row = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
    const set = (/** @type {string} */ name, /** @type {string} */ text) => {
      /** @type {HTMLElement} */ (row.querySelector(name)).textContent = text;
    };
    set(".queue-title", track.title);
    set(".queue-artist", creditOf(track));
    row.toggleAttribute("data-current", index === player.queue.index);
    label(row, track.title);
    return row;
  });
  list.replaceChildren(...rows);
  if (held) focus(list, at, held.dataset.queue ?? "");
}

/** @param {HTMLElement} row @param {string} title */
function label(row, title) {
  const keys = { higher: "moveUp", lower: "moveDown", remove: "remove" };
  for (const [name, key] of Object.entries(keys)) {
    /** @type {HTMLElement} */ (row.querySelector(`[data-queue="${name}"]`)).ariaLabel = say(key, { title });
  }
}

/** @param {Player} player @param {Bar} bar */
function startSound(player, bar) {
  const choices = bar.part("quality");
  const even = /** @type {HTMLInputElement} */ (bar.part("loudness"));
  choices.addEventListener("change", (event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    player.setQuality(/** @type {import("../player/rungs.js").Quality} */ (value));
  });
  even.addEventListener("change", () => player.adjust((volume) => (volume.even = even.checked)));
  const show = () => {
    for (const choice of choices.querySelectorAll("input")) choice.checked = choice.value === player.quality;
    even.checked = player.volume.even;
  };
  player.addEventListener("settings", show);
  show();
  for (const name of ["level", "track", "state", "settings"]) player.addEventListener(name, () => showRung(player, bar));
}

/** @param {{codec: string, bitrate: number, lossless: boolean}} rung @param {"playing" | "coming"} when */
function nameOf({ codec, bitrate, lossless }, when) {
  return say(`${when}${lossless ? "Lossless" : "Now"}`, { codec, rate: Math.round(bitrate / 1000) });
}

/** Say what is played, and offer lossless sound where there is any. @param {Player} player @param {Bar} bar */
function showRung(player, bar) {
  const { level, coming, quality, offersLossless } = player;
  bar.part("lossless").hidden = !offersLossless && quality !== "lossless";
  const told = [level && nameOf(level, "playing"), level && coming && nameOf(coming, "coming")];
  const text = told.filter(Boolean).join("\n");
  const line = bar.part("playing-now");
  if (line.textContent !== text) line.textContent = text; // what says the same again is not to be read out again
}
