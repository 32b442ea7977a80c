// @ts-check
import { Refused, Stopped } from "echoes/asking";
import { EchoesElement } from "echoes/element";
import * as remembered from "echoes/remembered";
import { Row } from "echoes/tray";
import { giveUp, send, status } from "echoes/uploads";
import { gettext, ngettext } from "echoes/words";

const AT_ONCE = 3;
const LOOK = 4_000;
const LOOKS = 6;
const LEAVE = 1_500;
const WRONG = {
  photo: gettext("This is not a photo that Echoes takes: please use JPEG, PNG, WebP or HEIC."),
  "photo video": gettext("This is no photo or video that Echoes takes: please use JPEG, PNG, WebP or HEIC, and MP4, MOV, WebM or MKV for videos."),
  audio: gettext("This is not music that Echoes takes: please use MP3, M4A, WAV, FLAC or OGG."),
};
const NAMES = { photo: /\.(jpe?g|png|webp|hei[cf])$/i, video: /\.(mp4|m4v|mov|webm|mkv)$/i, audio: /\.(mp3|m4a|wav|flac|og[ga])$/i };
const TYPES = { photo: /^image\/(jpeg|png|webp|hei[cf])$/, video: /^video\/(mp4|quicktime|webm|x-matroska|x-m4v)$/, audio: /^audio\// };

/** @typedef {"photo"|"video"|"audio"} Kind */
/** @typedef {{file: File | null, kind: Kind, row: Row, since: number, ticket?: import("echoes/uploads").Ticket, control?: AbortController, sending?: boolean, release?: () => void, kept?: remembered.Kept}} Item */

/** Takes files by drop, choice or paste, sends three at a time, and says what became of each. */
export class PhotoDrop extends EchoesElement {
  /** @type {Map<HTMLElement, Item>} every file of the tray, by its row */
  #items = new Map();
  /** @type {Item[]} */
  #queue = [];
  /** @type {Set<Item>} sent, and being read by the server */
  #sent = new Set();
  #running = 0;
  #done = 0;
  #failed = 0;
  #all = 0;

  connected() {
    this.kinds = /** @type {Kind[]} */ ((this.dataset.kind ?? "photo").split(" "));
    const chosen = this.find("input[type=file]");
    this.on("change", () => this.#take(chosen), chosen);
    this.on("click", (event) => this.#act(event.target.closest("[data-act]")), this.find(".tray__rows"));
    this.on("click", () => this.#toggleAll(), this.find("[data-tray-all]"));
    this.on("click", () => this.#putAway(), this.find("[data-tray-close]"));
    this.on("dragover", (event) => this.#over(event), document);
    this.on("dragleave", (event) => event.relatedTarget === null && this.removeAttribute("data-over"), document);
    this.on("drop", (event) => this.#drop(event), document);
    this.on("paste", (event) => this.add(event.clipboardData?.files ?? []), document);
    this.on("live:poke", (event) => this.#poked(event.detail), document);
    this.on("online", () => this.#goOn(this.#in("stopped")), window);
    this.on("beforeunload", (event) => this.#in("waiting", "sending", "paused", "stopped").length && event.preventDefault(), window);
    this.#look();
    this.#recall();
    this.#take(chosen); // what was chosen while this script was on its way
  }

  /** @param {HTMLInputElement} chosen */
  #take(chosen) {
    if (!chosen.files?.length) return;
    this.add(chosen.files);
    chosen.value = "";
  }

  /** @param {Iterable<File>} files */
  add(files) {
    // What an earlier drop came to has been read: the new one is counted by itself.
    if (this.#done + this.#failed === this.#all) this.#forget();
    for (const file of files) {
      const item = this.#interrupted(file) ?? this.#item(file, file.name, this.#kind(file) ?? this.kinds[0]);
      this.dataset.busy = "";
      this.#all++;
      const why = this.#check(file);
      if (why) this.#end(item, why);
      else this.#wait(item);
    }
    this.#announce();
    this.#next();
  }

  /** @param {File} file @returns {Kind | undefined} */
  #kind(file) {
    return this.kinds.find((kind) => NAMES[kind].test(file.name)) ?? this.kinds.find((kind) => TYPES[kind].test(file.type));
  }

  /** Cheap and friendly; the server looks at the bytes. @param {File} file */
  #check(file) {
    if (!file.size) return gettext("This file is empty.");
    return this.#kind(file) ? "" : WRONG[/** @type {keyof WRONG} */ (this.kinds.join(" "))];
  }

  /** @param {File | null} file @param {string} name @param {Kind} kind @returns {Item} */
  #item(file, name, kind) {
    const item = { file, kind, row: new Row(this.find("template[data-row]"), name), since: 0 };
    this.#items.set(item.row.element, item);
    this.find(".tray__rows").append(item.row.element);
    return item;
  }

  /** @param {...import("echoes/tray").State} states @returns {Item[]} */
  #in(...states) {
    return [...this.#items.values()].filter(({ row }) => states.some((state) => row.element.dataset.state === state));
  }

  // ---- sending --------------------------------------------------------------------------------

  /** @param {Item} item */
  #wait(item) {
    item.control = new AbortController();
    item.row.explain("");
    item.row.show("waiting", gettext("Waiting"));
    this.#queue.push(item);
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length) this.#send(/** @type {Item} */ (this.#queue.shift()));
  }

  /** @param {Item} item */
  async #send(item) {
    const control = /** @type {AbortController} */ (item.control);
    this.signal.addEventListener("abort", () => control.abort(), { once: true, signal: control.signal });
    this.#running++;
    item.row.show("sending", gettext("Sending"));
    try {
      item.ticket = await send(item.file, this.#options(item, control.signal));
      this.#arrived(item);
    } catch (error) {
      this.#missed(item, control.signal, error);
    } finally {
      this.#running--;
    }
    this.#announce();
    this.#next();
  }

  /** @param {Item} item @param {AbortSignal} signal @returns {import("echoes/uploads").Options} */
  #options(item, signal) {
    const show = (/** @type {string} */ words, /** @type {number} */ percent) => signal.aborted || item.row.show("sending", words, percent);
    let percent = 0;
    return {
      url: this.dataset.uploads ?? "", kind: item.kind, ticket: item.ticket, signal,
      onTicket: (ticket) => this.#ticket(item, ticket),
      onProgress: (bytes) => { percent = Math.floor((bytes / (item.file?.size || 1)) * 100); show(`${percent} %`, percent); },
      onRetry: () => show(gettext("Network lost, trying again"), percent),
    };
  }

  /** @param {Item} item @param {import("echoes/uploads").Ticket} ticket */
  #ticket(item, ticket) {
    if (item.ticket && item.ticket.id !== ticket.id) this.#letGo(item);
    item.ticket = ticket;
    if (!this.#items.has(item.row.element)) giveUp(ticket); // it was cancelled meanwhile
    else if (ticket.parts && item.file) {
      remembered.keep(item.file, { url: this.dataset.uploads ?? "", kind: item.kind, ticket });
      this.#hold(item);
    }
  }

  /** @param {Item} item */
  #hold(item) {
    item.release?.();
    if (item.ticket) remembered.hold(item.ticket, new Promise((resolve) => { item.release = () => resolve(undefined); }));
  }

  /** @param {Item} item */
  #arrived(item) {
    item.since = Date.now();
    if (item.ticket) remembered.forget(item.ticket);
    item.release?.();
    if (!this.#items.has(item.row.element)) return;
    this.#sent.add(item);
    item.row.show("reading", gettext("Reading"), 100);
  }

  /** @param {Item} item @param {AbortSignal} signal @param {unknown} error */
  #missed(item, signal, error) {
    if (signal.aborted) return; // paused, cancelled, or the page is gone
    if (error instanceof Refused) {
      this.#letGo(item);
      this.#end(item, error.message);
      return;
    }
    item.row.show("stopped", gettext("Stopped"));
    item.row.explain(error instanceof Stopped ? error.message : gettext("Something went wrong. It can go on from here."));
  }

  // ---- pausing, going on and giving up ---------------------------------------------------------

  /** @param {HTMLElement | null} button */
  #act(button) {
    const item = this.#items.get(/** @type {HTMLElement} */ (button?.closest(".tray__row")));
    if (!item || !button) return;
    if (button.dataset.act === "cancel") this.#cancel(item);
    else if (["paused", "stopped"].includes(item.row.element.dataset.state ?? "")) this.#goOn([item]);
    else this.#pause([item]);
  }

  #toggleAll() {
    const active = this.#in("waiting", "sending");
    if (active.length) this.#pause(active);
    else this.#goOn(this.#in("paused", "stopped"));
  }

  /** @param {Item[]} items */
  #pause(items) {
    this.#queue = this.#queue.filter((item) => !items.includes(item));
    for (const item of items) {
      item.row.show("paused", gettext("Paused"));
      item.control?.abort();
    }
    this.#announce();
  }

  /** @param {Item[]} items */
  #goOn(items) {
    for (const item of items) this.#wait(item);
    this.#announce();
    this.#next();
  }

  /** @param {Item} item */
  #cancel(item) {
    if (item.row.element.dataset.state !== "interrupted") this.#all--;
    this.#queue = this.#queue.filter((other) => other !== item);
    this.#items.delete(item.row.element);
    item.control?.abort();
    this.#letGo(item);
    item.row.leave(this.find("[data-tray-close]"));
    this.#announce();
  }

  /** @param {Item} item */
  #letGo(item) {
    if (item.ticket) {
      remembered.forget(item.ticket);
      giveUp(item.ticket);
    }
    item.release?.();
  }

  // ---- what an earlier page has begun ----------------------------------------------------------

  async #recall() {
    const elsewhere = await remembered.held().catch(() => new Set());
    for (const kept of remembered.begunAt(this.dataset.uploads ?? "")) {
      if (this.signal.aborted) return;
      if (!elsewhere.has(kept.ticket.id)) this.#resume(kept);
    }
  }

  /** @param {remembered.Kept} kept */
  async #resume(kept) {
    const item = this.#item(null, kept.name, /** @type {Kind} */ (kept.kind));
    Object.assign(item, { kept, ticket: kept.ticket });
    item.row.show("interrupted", gettext("Interrupted"));
    item.row.explain(gettext("Drop {name} again to go on.", { name: kept.name }));
    this.#announce();
    const known = await status(kept.ticket.status, this.signal).catch((error) => error);
    if (!item.kept) return; // it goes on already
    if (known instanceof Refused || (known.state && known.state !== "uploading")) this.#forgotten(item);
    else if (known.parts?.arrived.length === known.parts?.count && known.parts) this.#finish(item);
    else if (known.parts) item.row.show("interrupted", gettext("Interrupted"), (known.parts.arrived.length / known.parts.count) * 100);
  }

  /** It ended, or it arrived. @param {Item} item */
  #forgotten(item) {
    remembered.forget(/** @type {remembered.Kept} */ (item.kept).ticket);
    item.release?.();
    this.#items.delete(item.row.element);
    item.row.leave(this.find("[data-tray-close]"));
    this.#announce();
  }

  /** All of it is there, and only the last word was missing. @param {Item} item */
  #finish(item) {
    item.kept = undefined;
    this.#all++;
    this.#goOn([item]);
  }

  /** The row of the same file, if an earlier page has begun to send it. @param {File} file */
  #interrupted(file) {
    const item = this.#in("interrupted").find(({ kept }) => kept && remembered.isOf(kept, file));
    if (!item) return undefined;
    Object.assign(item, { file, kept: undefined });
    item.row.element.hidden = false;
    this.#hold(item);
    return item;
  }

  // ---- what became of it -----------------------------------------------------------------------

  /** @param {any} poke */
  #poked(poke) {
    if (poke.topic !== "ingest" || !["succeeded", "failed", "cancelled"].includes(poke.state)) return;
    for (const item of this.#sent) if (item.ticket?.id === poke.id) this.#ask(item);
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
    const answer = await status(item.ticket?.status ?? "", this.signal).catch(() => ({ state: "unknown" }));
    if (!this.#sent.has(item)) return;
    if (answer.state === "succeeded") this.#end(item);
    else if (["failed", "cancelled"].includes(answer.state)) this.#end(item, answer.message || gettext("This file could not be used."));
  }

  /** @param {Item} item @param {string} [why] */
  #end(item, why = "") {
    this.#sent.delete(item);
    item.row.show(why ? "failed" : "done", why ? gettext("Not used") : gettext("There"));
    if (why) this.#failed++;
    else this.#done++;
    if (why) this.#explain(item, why);
    this.say(why ? "upload:refused" : "upload:finished", { id: item.ticket?.id });
    this.#announce();
  }

  /** Once for all files that are refused for the same. @param {Item} item @param {string} why */
  #explain(item, why) {
    const same = this.#in("failed").find(({ row }) => row !== item.row && row.why === why);
    item.row.explain(why);
    item.row.rise();
    if (!same) return;
    item.row.join(same.row);
    this.#items.delete(same.row.element);
    same.row.element.remove();
  }

  #announce() {
    const words = this.#words();
    this.find("[data-tray-title]").textContent = words;
    const active = this.#in("waiting", "sending").length;
    const all = this.find("[data-tray-all]");
    all.hidden = !active && !this.#in("paused", "stopped").length;
    all.textContent = active ? gettext("Pause all") : gettext("Go on with all");
    const over = this.#done + this.#failed === this.#all;
    if (over) this.after(LEAVE, () => this.#sweep());
    const often = Math.max(1, Math.round(this.#all / 10));
    if (over || (this.#done + this.#failed) % often === 0) this.find("[data-announce]").textContent = words;
  }

  #words() {
    const interrupted = this.#in("interrupted").length;
    if (!this.#all && interrupted) return ngettext("{count} interrupted", "{count} interrupted", interrupted);
    const values = { done: this.#done, all: this.#all, failed: this.#failed };
    return this.#failed ? gettext("{done} of {all} there, {failed} not used", values) : gettext("{done} of {all} there", values);
  }

  /** All at once and at the end, so that nothing moves under somebody's eyes. */
  #sweep() {
    if (this.#done + this.#failed === this.#all) this.#remove("done");
  }

  /** Refusals have been read; what is still on its way stays. What was interrupted can still go on. */
  #putAway() {
    this.#forget();
    for (const { row } of this.#in("interrupted")) row.element.hidden = true;
  }

  #forget() {
    this.#remove("done", "failed");
    if (this.#done + this.#failed === this.#all) this.#all = this.#done = this.#failed = 0;
  }

  /** @param {...import("echoes/tray").State} states */
  #remove(...states) {
    for (const { row } of this.#in(...states)) {
      this.#items.delete(row.element);
      row.element.remove();
    }
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
