// The page of folders: while one is being looked through its figures go on, and when all is done the page is new.
import { visit } from "@hotwired/turbo";
import { clock } from "../clock.js";
import { say } from "../texts.js";

const EVERY = 1000; // ms

/** @typedef {{ state: string, total: number | null, done: number, rate: number, seconds_left: number | null }} Run */

let timer = 0;

export function startLibrary() {
  document.addEventListener("turbo:load", () => {
    clearTimeout(timer);
    if (document.querySelector("[data-shelves] [data-running]")) timer = setTimeout(look, EVERY);
  });
}

async function look() {
  const running = document.querySelectorAll("[data-shelves] [data-running]");
  if (!running.length) return;
  const answer = await fetch("/api/v1/admin/library").catch(() => null);
  if (!answer?.ok) return void (timer = setTimeout(look, 5 * EVERY));
  /** @type {{ folders: { id: string, run: Run | null }[] }} */
  const library = await answer.json();
  const runs = new Map(library.folders.map((folder) => [folder.id, folder.run]));
  for (const shelf of running) {
    const run = runs.get(shelf.getAttribute("data-folder") ?? "");
    if (run?.state !== "running") return visit(location.href, { action: "replace" });
    show(shelf, run);
  }
  timer = setTimeout(look, EVERY);
}

/** @param {Element} shelf @param {Run} run */
function show(shelf, run) {
  const bar = shelf.querySelector("progress");
  const pace = shelf.querySelector("[data-pace]");
  if (bar && run.total) [bar.max, bar.value] = [run.total, run.done];
  if (!pace) return;
  const left = run.seconds_left === null ? [] : [say("timeLeft", { left: clock(run.seconds_left) })];
  const done = run.done.toLocaleString("en") + (run.total ? ` / ${run.total.toLocaleString("en")}` : "");
  pace.textContent = [done, say("aSecond", { rate: run.rate.toFixed(0) }), ...left].join(" · ");
}
