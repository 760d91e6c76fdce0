// Lyrics that know their times go along with the sound, within their own box: the page itself stays where it is.

/** @typedef {import("../player/player.js").Player} Player */

/** @param {Player} player */
export function startLyrics(player) {
  for (const name of ["time", "track"]) player.addEventListener(name, () => follow(player));
}

/** @param {Player} player */
function follow(player) {
  const list = /** @type {HTMLElement | null} */ (document.querySelector("[data-lyrics]"));
  if (!list) return;
  const now = player.track?.id === list.dataset.lyrics ? player.position * 1000 : -1;
  const lines = /** @type {HTMLElement[]} */ ([...list.children]);
  const current = lines.findLast((line) => Number(line.dataset.ms) <= now);
  if (current?.classList.contains("sung")) return;
  for (const line of lines) line.classList.toggle("sung", line === current);
  if (current) list.scrollTo({ top: current.offsetTop - list.clientHeight / 3 });
}
