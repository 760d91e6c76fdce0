// What a page has to do with the player: buttons that play, the row that is playing, the large waveform, the colour.
import { clock } from "../clock.js";
import { loadHls } from "../player/stream.js";
import { say } from "../texts.js";
import { onThisPage } from "../tracks.js";
import { tint } from "./colour.js";
import { namedTime } from "./share.js";
import { Waveform } from "./waveform.js";

/** @typedef {import("../player/player.js").Player} Player */
/** @typedef {import("../tracks.js").Track} Track */

/** @type {Waveform | null} */
let wave = null;

/** @param {Player} player */
export function startPage(player) {
  document.addEventListener("click", (event) => press(player, /** @type {Element} */ (event.target)));
  document.addEventListener("pointerover", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-play], [data-play-all]")) prefetch();
  });
  for (const name of ["track", "state"]) player.addEventListener(name, () => mark(player));
  for (const name of ["track", "time"]) player.addEventListener(name, () => showTime(player));
  document.addEventListener("turbo:load", () => arrive(player));
  document.addEventListener("turbo:before-cache", () => document.querySelector(".top")?.classList.remove("open"));
}

function prefetch() {
  loadHls().catch(() => undefined); // Play will try again, and say so if need be
}

/** @param {Player} player */
function arrive(player) {
  tint(document.body, document.body.dataset.colour);
  wave?.stop();
  wave = null;
  const element = /** @type {HTMLElement | null} */ (document.querySelector("[data-wave]"));
  const track = element && onThisPage()[element.dataset.wave ?? ""];
  if (element && track) startWave(player, element, track);
  mark(player);
  if ("requestIdleCallback" in window && Object.keys(onThisPage()).length) requestIdleCallback(prefetch, { timeout: 4000 });
}

/** @param {Player} player @param {HTMLElement} element @param {Track} track */
function startWave(player, element, track) {
  wave = new Waveform(element);
  wave.show(track.waveform, track.duration ?? 0);
  wave.addEventListener("seek", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (player.track?.id === track.id) player.seek(detail);
    else player.playList(...around(element, track.id), detail);
  });
  showTime(player);
}

/** @param {Player} player @param {Element} target */
function press(player, target) {
  const play = target.closest("[data-play]");
  const all = target.closest("[data-play-all]");
  const add = target.closest("[data-enqueue]");
  const opens = target.closest("[data-opens]");
  if (play) playOne(player, play);
  else if (all) playAll(player, document.getElementById(all.getAttribute("data-play-all") ?? ""));
  else if (add) player.enqueue(onThisPage()[add.getAttribute("data-enqueue") ?? ""]);
  else if (opens) open(opens);
}

/** @param {Player} player @param {Element} button */
function playOne(player, button) {
  const id = button.getAttribute("data-play") ?? "";
  if (player.track?.id === id) return void player.toggle();
  player.playList(...around(button, id), button.closest(".track-head") ? namedTime() : 0);
}

/** @param {Player} player @param {Element | null} list */
function playAll(player, list) {
  const tracks = tracksIn(list);
  const index = tracks.findIndex((track) => track.id === player.track?.id);
  if (index >= 0) return void player.toggle();
  const first = player.queue.shuffled ? Math.floor(Math.random() * tracks.length) : 0;
  if (tracks.length) player.playList(tracks, first);
}

/** @param {Element} element @param {string} id @returns {[Track[], number]} the list it stands in, and where */
function around(element, id) {
  const tracks = tracksIn(element.closest("[data-list]"));
  return [tracks, Math.max(0, tracks.findIndex((track) => track.id === id))];
}

/** @param {Element | null} list @returns {Track[]} those that stand in it, and those that it says go on after them */
function tracksIn(list) {
  const known = onThisPage();
  const rows = list ? [list, ...list.querySelectorAll("[data-track]")] : [];
  const onward = list?.getAttribute("data-then")?.split(" ") ?? [];
  return [...rows.map((row) => row.getAttribute("data-track") ?? ""), ...onward].map((id) => known[id]).filter(Boolean);
}

/** @param {Element} button */
function open(button) {
  const part = document.getElementById(button.getAttribute("data-opens") ?? "");
  if (!part) return;
  part.hidden = !part.hidden;
  button.ariaExpanded = String(!part.hidden);
  if (!part.hidden) part.querySelector("input")?.focus();
}

/** Show which of the page's tracks it is, and whether it plays. @param {Player} player */
function mark(player) {
  const { track, playing } = player;
  for (const element of document.querySelectorAll("[data-track]")) {
    const current = element.getAttribute("data-track") === track?.id;
    element.classList.toggle("current", current);
    element.classList.toggle("playing", current && playing);
  }
  for (const button of document.querySelectorAll("[data-play]")) {
    const sounds = playing && button.getAttribute("data-play") === track?.id;
    const title = onThisPage()[button.getAttribute("data-play") ?? ""]?.title ?? "";
    button.ariaLabel = sounds ? say("pause") : say("playTitle", { title });
  }
  for (const button of document.querySelectorAll("[data-play-all]")) {
    const list = document.getElementById(button.getAttribute("data-play-all") ?? "");
    button.classList.toggle("playing", playing && tracksIn(list).some((one) => one.id === track?.id));
  }
  const here = playing && !!track && track.id in onThisPage();
  for (const display of document.querySelectorAll("[data-turns]")) display.classList.toggle("turns", here);
}

/** Show on the page's waveform what plays; where another track does, the moment that the address names. @param {Player} player */
function showTime(player) {
  const element = /** @type {HTMLElement | null} */ (document.querySelector("[data-wave]"));
  if (!wave || !element) return;
  const position = player.track?.id === element.dataset.wave ? player.position : namedTime();
  wave.position = position;
  const elapsed = document.querySelector("[data-elapsed]");
  if (elapsed) elapsed.textContent = clock(position);
}
