// One upload: waiting, sending, being listened through, ready or refused; with what may be done about it.
import { size } from "../clock.js";
import { say } from "../texts.js";
import { Sending } from "./sending.js";

/** @typedef {{visibility: string, artist: string}} Wishes */
/** @typedef {{id: string, state: string, progress: number, problem: string | null, track: any, duplicates?: Twin[]}} Upload */
/** @typedef {{title: string, artist: string, url: string, similarity: number}} Twin */

const FIRST_LOOK = 1000; // milliseconds between looks at the server, growing
const SLOWEST = 8000;
const TOLD = 3; // of what is here already, at most
const STATES = ["waiting", "sending", "paused", "unfinished", "received", "analysing", "ready", "failed", "cancelled"];

/** @param {string} id @returns {Element} */
function fromTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {Element} */ (template.content.cloneNode(true));
}

export class Row {
  #element;
  /** @type {File | null} */
  #file = null;
  /** @type {Wishes | null} */
  #wishes = null;
  /** @type {Sending | null} */
  #sending = null;
  #sentPart = 0; // of the file, 0 to 1
  /** @type {(row: Row) => void} */
  #queue = () => undefined;
  #state = "waiting";

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    this.#part("upload-acts").append(fromTemplate("upload-acts"));
    this.#act("cancel", () => this.cancel());
    this.#act("again", () => this.#queue(this));
    this.#act("edit", () => this.#toggleEdit());
  }

  /** Begin a row for a file. @param {File} file @param {Wishes} wishes @param {(row: Row) => void} queue */
  static create(file, wishes, queue) {
    const list = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
    list.prepend(fromTemplate("upload-row"));
    const row = new Row(/** @type {HTMLElement} */ (list.firstElementChild));
    row.#file = file;
    row.#wishes = wishes;
    row.#queue = queue;
    row.#part("upload-title").textContent = file.name;
    row.#part("upload-size").textContent = size(file.size);
    row.#bar.ariaLabel = file.name;
    return row;
  }

  /** Go on with a row that came with the page. @param {HTMLElement} element */
  static adopt(element) {
    if (element.dataset.adopted) return;
    element.dataset.adopted = "yes";
    const row = new Row(element);
    const state = STATES.find((name) => element.classList.contains(name)) ?? "ready";
    row.#state = state;
    if (state === "unfinished") row.#shows(["cancel"]);
    else if (state === "ready") row.#shows(element.querySelector(".upload-title a") ? ["edit"] : []);
    else if (state !== "failed") row.#watch(element.dataset.id ?? "");
    else row.#shows([]);
  }

  /**
   * Stand on a page that was brought anew, in place of what the server knew of it there.
   * @param {HTMLElement} list
   * @returns {boolean} whether it does; else the page tells of it already, or there is nothing to tell
   */
  returnTo(list) {
    const { id } = this.#element.dataset;
    if (this.#state === "cancelled" || (id && list.querySelector(`[data-id="${CSS.escape(id)}"]`))) return false;
    list.querySelector(`[data-arrival="${CSS.escape(this.#sending?.address ?? "")}"]`)?.remove();
    list.prepend(this.#element);
    if (id) this.#watch(id);
    return true;
  }

  get pending() {
    return this.#state === "waiting";
  }

  get #bar() {
    return /** @type {HTMLProgressElement} */ (this.#element.querySelector("progress"));
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#element.querySelector(`.${name}`));
  }

  /** @param {string} name @param {() => void} act */
  #act(name, act) {
    this.#element.querySelector(`[data-act="${name}"]`)?.addEventListener("click", act);
  }

  /** @param {string[]} names the buttons that make sense now */
  #shows(names) {
    for (const button of this.#element.querySelectorAll("[data-act]")) {
      /** @type {HTMLElement} */ (button).hidden = !names.includes(button.getAttribute("data-act") ?? "");
    }
  }

  /** @param {string} state @param {string} text @param {number | null} progress 0 to 1 @param {string[]} acts */
  #enter(state, text, progress, acts) {
    this.#state = state;
    this.#element.classList.remove(...STATES);
    this.#element.classList.add(state);
    this.#part("upload-state").textContent = text;
    this.#bar.hidden = progress === null;
    this.#bar.value = progress ?? 0;
    this.#shows(acts);
  }

  wait() {
    this.#enter("waiting", say("waiting"), null, ["cancel"]);
  }

  /** @param {string} problem @param {boolean} again whether sending it once more may help */
  fail(problem, again) {
    this.#enter("failed", problem, null, again ? ["again"] : []);
  }

  cancel() {
    this.#sending?.cancel();
    const address = this.#element.dataset.arrival;
    if (address) takeBack(address);
    this.#enter("cancelled", say("cancelled"), null, this.#file ? ["again"] : []);
  }

  /** Send the file. @returns {Promise<void>} when it is sent, has failed or is cancelled */
  async send() {
    const said = Object.entries({ ...this.#wishes, filename: this.#file?.name ?? "" }).filter(([, value]) => value);
    const sending = new Sending(
      /** @type {File} */ (this.#file),
      Object.fromEntries(said),
      (part) => this.#sent(part),
      () => this.#pause(),
    );
    this.#sending = sending;
    this.#sent(0);
    const outcome = await sending.start();
    if (this.#sending !== sending || !outcome) return;
    if ("id" in outcome) this.#watch(outcome.id);
    else this.fail(outcome.problem, outcome.again);
  }

  /** @param {number} part 0 to 1 */
  #sent(part) {
    if (this.#state === "cancelled" && part) return;
    this.#sentPart = part;
    this.#enter("sending", say("sending", { percent: Math.floor(part * 100) }), part, ["cancel"]);
  }

  #pause() {
    const percent = Math.floor(this.#sentPart * 100);
    this.#enter("paused", say("paused", { percent }), this.#sentPart, ["cancel"]);
  }

  /** Look at how far it is until it has come to an end. @param {string} id */
  async #watch(id) {
    this.#element.dataset.id = id;
    let pause = FIRST_LOOK;
    while (this.#element.isConnected) {
      const upload = await look(id);
      if (upload && this.#show(upload)) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(SLOWEST, pause * 1.3);
    }
  }

  /** @param {Upload} upload @returns {boolean} whether it has come to an end */
  #show({ state, progress, problem, track, duplicates = [] }) {
    if (state === "failed") this.fail(problem ?? say("failed"), false);
    else if (state === "ready") this.#enter("ready", say("ready"), null, track ? ["edit"] : []);
    else this.#enter(state, say(state, { percent: Math.floor(progress * 100) }), progress, []);
    if (state === "ready" && track) this.#name(track);
    if (state === "ready" && duplicates.length) this.#tell(duplicates);
    return state === "failed" || state === "ready";
  }

  /** @param {any} track */
  #name(track) {
    const link = document.createElement("a");
    link.href = track.url;
    link.textContent = track.title;
    this.#part("upload-title").replaceChildren(link);
    this.#track = track;
  }

  /** Say that the same sound is here already, and where. @param {Twin[]} duplicates */
  #tell(duplicates) {
    const copies = duplicates.filter(({ similarity }) => similarity === 1);
    const told = (copies.length ? copies : duplicates).slice(0, TOLD);
    const note = document.createElement("span");
    note.className = "upload-twins";
    note.append(say(copies.length ? "sameFile" : "sameSound"), " ");
    for (const [place, { title, artist, url }] of told.entries()) {
      const link = document.createElement("a");
      link.href = url;
      link.textContent = `${artist} – ${title}`;
      note.append(place ? ", " : "", link);
    }
    this.#element.querySelector(".upload-twins")?.remove();
    this.#part("upload-names").append(note);
  }

  /** @type {any} */
  #track = null;

  async #toggleEdit() {
    this.#track ??= (await look(this.#element.dataset.id ?? ""))?.track;
    if (!this.#track) return;
    const button = /** @type {HTMLElement} */ (this.#element.querySelector('[data-act="edit"]'));
    const present = this.#element.querySelector("form");
    button.ariaExpanded = String(!present);
    if (present) return present.remove();
    this.#element.append(fromTemplate("edit-form"));
    const form = /** @type {HTMLFormElement} */ (this.#element.querySelector("form"));
    form.dataset.edit = this.#track.id;
    for (const name of ["title", "credited", "words", "visibility"]) field(form, name).value = this.#track[name];
    field(form, "genres").value = this.#track.genres.join(", ");
    form.addEventListener("saved", (event) => this.#name(/** @type {CustomEvent} */ (event).detail));
    field(form, "title").focus();
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** Give up what an earlier visit had sent a part of. @param {string} address */
function takeBack(address) {
  return fetch(address, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => undefined);
}

/** @param {string} id @returns {Promise<Upload | null>} null while the line is down */
async function look(id) {
  try {
    const response = await fetch(`/api/v1/uploads/${id}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
