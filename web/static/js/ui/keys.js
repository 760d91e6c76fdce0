// The keyboard, wherever on the page one is, unless one is writing or has switched it off (WCAG 2.1.4).
import { recall, remember } from "../memory.js";

/** @typedef {import("../player/player.js").Player} Player */

const STEP = 5; // seconds
const LOUDER = 0.05;
const WRITES = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]";

let enabled = recall("keys", true);

/** @param {Player} player */
export function startKeys(player) {
  startSwitch(/** @type {HTMLInputElement} */ (document.querySelector("#keys input")));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest(WRITES) || target.closest("dialog")) return;
    if (event.key === " " && target.closest("button, a, summary, input")) return; // it presses that
    if (event.key.startsWith("Arrow") && target.closest("input")) return; // it moves that
    if (answer(player, event)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-keys]")) showList();
  });
}

/** @param {HTMLInputElement} input */
function startSwitch(input) {
  input.checked = enabled;
  input.addEventListener("change", () => remember("keys", (enabled = input.checked)));
}

/** @param {Player} player @param {KeyboardEvent} event @returns {boolean} whether the key meant something */
function answer(player, event) {
  if (!enabled) return false;
  if (event.key === "?") return showList();
  if (!player.track) return false;
  /** @type {Record<string, () => unknown>} */
  const acts = {
    " ": () => player.toggle(),
    ArrowLeft: () => (event.shiftKey ? player.previous() : player.seek(player.position - STEP)),
    ArrowRight: () => (event.shiftKey ? player.next() : player.seek(player.position + STEP)),
    ArrowUp: () => turn(player, LOUDER),
    ArrowDown: () => turn(player, -LOUDER),
    m: () => player.adjust((volume) => (volume.muted = !volume.muted)),
  };
  // Up and down scroll the page, unless the player has the keyboard.
  if (/Arrow(Up|Down)/.test(event.key) && !document.activeElement?.closest("#player")) return false;
  acts[event.key]?.();
  return event.key in acts;
}

/** @param {Player} player @param {number} by */
function turn(player, by) {
  player.adjust((volume) => {
    volume.value = Math.min(1, Math.max(0, volume.value + by));
    if (by > 0) volume.muted = false;
  });
}

function showList() {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("keys"));
  if (!dialog.open) dialog.showModal();
  return true;
}
