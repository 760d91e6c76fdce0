// Sharing: a link to a track at the moment that is heard, on the clipboard.
import { clock } from "../clock.js";
import { say } from "../texts.js";

/** @typedef {import("../player/player.js").Player} Player */
/** @typedef {import("./bar.js").Bar} Bar */

/** @param {Player} player @param {Bar} bar */
export function startSharing(player, bar) {
  document.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("[data-share], [data-do=share]");
    if (!pressed) return;
    const url = pressed.getAttribute("data-share") ?? player.track?.url;
    if (url) copy(bar, url, url === player.track?.url ? Math.floor(player.position) : 0);
  });
}

/** @param {Bar} bar @param {string} url @param {number} seconds */
async function copy(bar, url, seconds) {
  const link = new URL(url + (seconds ? `#t=${seconds}` : ""), location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    bar.notice(seconds ? say("copied", { time: clock(seconds) }) : say("copiedStart"));
  } catch {
    bar.notice(say("notCopied", { link }));
  }
}

/** @returns {number} the second that the page's address names: #t=83 */
export function namedTime() {
  return Number(/^#t=(\d{1,6}(?:\.\d+)?)$/.exec(location.hash)?.[1] ?? 0);
}
