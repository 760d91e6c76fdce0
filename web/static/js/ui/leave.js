// Signing out: on a machine that others use as well, the titles of private tracks must not stay behind.

/** @typedef {import("../player/player.js").Player} Player */

/** @param {Player} player */
export function startLeaving(player) {
  document.addEventListener("submit", (event) => {
    if (/** @type {Element} */ (event.target).matches("form[action='/sign-out']")) player.forget();
  });
}
