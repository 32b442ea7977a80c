// @ts-check
import { EchoesElement } from "echoes/element";
import { Refused, send, status } from "echoes/uploads";

const AT_ONCE = 3;
const LOOK = 4_000;
const LOOKS = 6;
const LEAVE = 1_500;
const WRONG = { photo: "This is not a photo that Echoes takes: please use JPEG, PNG, WebP or HEIC.", audio: "This is not music that Echoes takes: please use MP3, M4A, WAV, FLAC or OGG." };
const NAMES = { photo: /\.(jpe?g|png|webp|hei[cf])$/i, audio: /\.(mp3|m4a|wav|flac|og[ga])$/i };

/** @typedef {{file: File, row: HTMLElement, status?: string, id?: string, since: number}} Item */

/** Takes files by drop, choice or paste, sends three at a time, and says what became of each. */
export class PhotoDrop extends EchoesElement {
  /** @type {Item[]} */
  #queue = [];
  /** @type {Set<Item>} sent, and being read by the server */
  #sent = new Set();
  #running = 0;
  #done = 0;
  #failed = 0;
  #all = 0;

  connected() {
    this.kind = /** @type {"photo"|"audio"} */ (this.dataset.kind ?? "photo");
    this.on("change", (event) => { this.add(event.target.files); event.target.value = ""; }, this.find("input[type=file]"));
    this.on("click", () => this.#putAway(), this.find("[data-tray-close]"));
    this.on("dragover", (event) => this.#over(event), document);
    this.on("dragleave", (event) => event.relatedTarget === null && this.removeAttribute("data-over"), document);
    this.on("drop", (event) => this.#drop(event), document);
    this.on("paste", (event) => this.add(event.clipboardData?.files ?? []), document);
    this.on("live:poke", (event) => this.#poked(event.detail), document);
    this.on("beforeunload", (event) => (this.#queue.length || this.#running) && event.preventDefault(), window);
    this.#look();
  }

  /** @param {Iterable<File>} files */
  add(files) {
    const items = Array.from(files, (file) => ({ file, row: this.#row(file), since: 0 }));
    if (!items.length) return;
    this.dataset.busy = "";
    this.#all += items.length;
    this.find(".tray__rows").append(...items.map((item) => item.row));
    for (const item of items) {
      const why = this.#check(item.file);
      if (why) this.#end(item, why);
      else this.#queue.push(item);
    }
    this.#announce();
    this.#next();
  }

  /** Cheap and friendly; the server looks at the bytes. @param {File} file */
  #check(file) {
    if (!file.size) return "This file is empty.";
    const known = NAMES[this.kind].test(file.name) || (this.kind === "audio" ? file.type.startsWith("audio/") : /^image\/(jpeg|png|webp|hei[cf])$/.test(file.type));
    return known ? "" : WRONG[this.kind];
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length) this.#send(/** @type {Item} */ (this.#queue.shift()));
  }

  /** @param {Item} item */
  async #send(item) {
    this.#running++;
    show(item, "sending", "Sending");
    try {
      const ticket = await send(item.file, {
        url: this.dataset.uploads ?? "", kind: this.kind, signal: this.signal,
        onProgress: (percent) => show(item, "sending", `${percent} %`, percent),
        onRetry: () => show(item, "sending", "Network lost, trying again"),
      });
      Object.assign(item, { id: ticket.id, status: ticket.status, since: Date.now() });
      this.#sent.add(item);
      show(item, "reading", "Reading", 100);
    } catch (error) {
      if (this.signal.aborted) return;
      this.#end(item, error instanceof Refused ? error.message : "The network gave up on this file. Please drop it again.");
    } finally {
      this.#running--;
    }
    this.#announce();
    this.#next();
  }

  /** @param {any} poke */
  #poked(poke) {
    if (poke.topic !== "ingest" || !["succeeded", "failed", "cancelled"].includes(poke.state)) return;
    for (const item of this.#sent) if (item.id === poke.id) this.#ask(item);
  }

  /** Pokes can be lost: what has been read for long is asked about. */
  #look() {
    const old = [...this.#sent].filter((item) => Date.now() - item.since > LOOK);
    for (const item of old.slice(0, LOOKS)) this.#ask(item);
    this.after(LOOK, () => this.#look());
  }

  /** @param {Item} item */
  async #ask(item) {
    item.since = Date.now();
    const answer = await status(item.status ?? "", this.signal).catch(() => ({ state: "unknown" }));
    if (!this.#sent.has(item)) return;
    if (answer.state === "succeeded") this.#end(item);
    else if (["failed", "cancelled"].includes(answer.state)) this.#end(item, answer.message || "This file could not be used.");
  }

  /** @param {Item} item @param {string} [why] */
  #end(item, why = "") {
    this.#sent.delete(item);
    show(item, why ? "failed" : "done", why ? "Not used" : "There");
    if (why) this.#failed++;
    else this.#done++;
    if (why) this.#explain(item, why);
    this.say(why ? "upload:refused" : "upload:finished", { id: item.id });
    this.#announce();
  }

  /** @param {Item} item @param {string} why */
  #explain(item, why) {
    const reason = this.find("template[data-why]").content.cloneNode(true);
    reason.firstElementChild.textContent = why;
    item.row.append(reason);
    // What needs a look stands first.
    item.row.parentElement?.prepend(item.row);
  }

  #announce() {
    const words = `${this.#done} of ${this.#all} there${this.#failed ? `, ${this.#failed} not used` : ""}`;
    this.find("[data-tray-title]").textContent = words;
    const over = this.#done + this.#failed === this.#all;
    if (over) this.after(LEAVE, () => this.#sweep());
    const often = Math.max(1, Math.round(this.#all / 10));
    if (over || (this.#done + this.#failed) % often === 0) this.find("[data-announce]").textContent = words;
  }

  /** All at once and at the end, so that nothing moves under somebody's eyes. */
  #sweep() {
    if (this.#done + this.#failed < this.#all) return;
    for (const row of this.querySelectorAll('.tray__row[data-state="done"]')) row.remove();
  }

  /** Refusals have been read; what is still on its way stays. */
  #putAway() {
    for (const row of this.querySelectorAll('.tray__row:is([data-state="failed"], [data-state="done"])')) row.remove();
    if (this.#done + this.#failed === this.#all) this.#all = this.#done = this.#failed = 0;
  }

  /** @param {File} file @returns {HTMLElement} */
  #row(file) {
    const row = this.find("template[data-row]").content.firstElementChild.cloneNode(true);
    row.querySelector(".tray__name").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", `${file.name} on its way`);
    return row;
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.dataset.over = "";
  }

  /** @param {DragEvent} event */
  #drop(event) {
    this.removeAttribute("data-over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.add(event.dataTransfer.files);
  }
}

/** @param {Item} item @param {string} state @param {string} words @param {number} [percent] */
function show({ row }, state, words, percent) {
  row.dataset.state = state;
  const place = row.querySelector(".tray__state");
  if (place) place.textContent = words;
  const bar = row.querySelector("progress");
  if (bar && percent !== undefined) bar.value = percent;
}
