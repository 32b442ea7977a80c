// @ts-check
/**
 * Live pages. The server pokes: "take 42 is running, 31 %". Whoever says data-live="take:42"
 * fetches itself again; whoever says data-progress="take:42" only moves. While the socket is
 * dead the same parts are fetched every few seconds, so the page tells the truth either way.
 */
import { after } from "echoes/element";

const POLL = 5_000;
const THROTTLE = 400;
const SLOWEST = 30_000;
const PATIENCE = 10_000;
const SIGNED_OUT = 4401;
const BUSY = ':is(input:not([type="radio"], [type="checkbox"]), textarea):focus, [data-lifted], :popover-open';

/** @typedef {{topic: string, id?: string, state?: string, progress?: number|null, project?: string|null}} Poke */

/** One page's link to the server; ends with its signal. */
export class Live {
  #tries = 0;
  /** @type {Map<string, string>} what was last said of each job's state */
  #states = new Map();
  /** @type {Set<string>} ids of the parts that will be fetched again */
  #due = new Set();
  #waiting = false;

  /** @param {{path: string, signal: AbortSignal, onState: (state: string) => void}} options */
  constructor({ path, signal, onState }) {
    this.url = new URL(path, location.href);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.signal = signal;
    this.onState = onState;
    this.connect();
    this.poll();
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    addEventListener("online", () => this.#again(0), { signal });
    signal.addEventListener("abort", () => this.socket?.close());
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    if (this.signal.aborted) return;
    const socket = (this.socket = new WebSocket(this.url));
    const { signal } = this;
    const giveUp = after(PATIENCE, () => socket.close(), signal);
    socket.addEventListener("open", () => { giveUp(); this.#opened(); }, { signal });
    socket.addEventListener("message", (event) => this.hear(JSON.parse(event.data)), { signal });
    socket.addEventListener("close", (event) => { giveUp(); this.#closed(event); }, { signal });
  }

  /** @param {Poke} poke */
  hear(poke) {
    if (!poke.id) return;
    const name = `${poke.topic}:${poke.id}`;
    move(name, poke.progress ?? 0);
    document.dispatchEvent(new CustomEvent("live:poke", { detail: poke }));
    if (this.#states.get(name) === poke.state && poke.topic !== "project") return;
    this.#states.set(name, poke.state ?? "");
    const found = listeners(name, `${poke.topic}:*`);
    // A take that this page has never heard of belongs to a card that it does not show yet.
    this.refresh(found.length || poke.topic !== "take" ? found : listeners(`project:${poke.project}`));
  }

  /** Fetch these parts again, soon and together. @param {Iterable<Element>} parts */
  refresh(parts) {
    for (const part of parts) this.#due.add(part.id);
    if (this.#waiting || !this.#due.size) return;
    this.#waiting = true;
    after(THROTTLE, () => this.#flush(), this.signal);
  }

  poll() {
    after(POLL, () => {
      if (!this.open && !document.hidden) this.refresh(listeners());
      this.poll();
    }, this.signal);
  }

  #flush() {
    this.#waiting = false;
    const due = [...this.#due];
    this.#due.clear();
    for (const id of due) {
      const part = document.getElementById(id);
      if (!part) continue;
      // Nobody loses a sentence half written or a card in the hand, and no answer overtakes another.
      if (part.matches(".htmx-request") || part.querySelector(BUSY)) this.#due.add(id);
      // It must not bubble: the grid around a card listens for the same word.
      else part.dispatchEvent(new CustomEvent("live"));
    }
    if (this.#due.size) this.refresh([]);
  }

  #opened() {
    const gap = this.#tries > 0;
    this.#tries = 0;
    this.onState("live");
    if (gap) this.refresh(listeners());
  }

  /** @param {CloseEvent} event */
  #closed(event) {
    this.onState(navigator.onLine ? "polling" : "offline");
    if (event.code === SIGNED_OUT) return;
    const slowest = Math.min(SLOWEST, 500 * 2 ** this.#tries++);
    this.#again(slowest * (0.5 + Math.random() / 2));
  }

  /** @param {number} pause */
  #again(pause) {
    this.cancel?.();
    this.cancel = after(pause, () => { if (this.socket?.readyState === WebSocket.CLOSED) this.connect(); }, this.signal);
  }

  /** A page that was asleep may have missed anything. */
  #seen() {
    if (document.hidden) return;
    if (this.open) this.refresh(listeners());
    else this.#again(0);
  }
}

/** Parts that listen to one of these names; all outermost ones when none is given. @param {string[]} names */
function listeners(...names) {
  if (!names.length) return [...document.querySelectorAll("[data-live]:not([data-live] [data-live])")];
  return [...document.querySelectorAll(names.map((name) => `[data-live~="${CSS.escape(name)}"]`).join())];
}

/** @param {string} name @param {number} percent */
function move(name, percent) {
  for (const part of document.querySelectorAll(`[data-progress="${CSS.escape(name)}"]`)) {
    if (percent <= Number(part.getAttribute("aria-valuenow"))) continue;
    /** @type {HTMLElement} */ (part).style.setProperty("--progress", String(percent));
    part.setAttribute("aria-valuenow", String(percent));
    const words = part.querySelector("[data-percent]");
    if (words) words.textContent = `${percent} %`;
  }
}
