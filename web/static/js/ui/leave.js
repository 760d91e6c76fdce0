// Signing out: on a machine that others use as well, nothing private must stay behind: not the titles in the queue, not
// the pages that this tab and others keep for going back.
import { cache } from "@hotwired/turbo";
import { onChange, recall, remember } from "../memory.js";

/** @typedef {import("../player/player.js").Player} Player */

const BEGUN = Date.now();

/** @param {Player} player */
export function startLeaving(player) {
  document.addEventListener("submit", (event) => {
    if (!(/** @type {Element} */ (event.target).matches("form[action='/sign-out']"))) return;
    player.forget();
    remember("left", Date.now());
  });
  onChange("left", () => {
    player.forget();
    cache.clear();
  });
  // A page that was put aside whole hears of nothing.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && recall("left", 0) > BEGUN) location.reload();
  });
}
