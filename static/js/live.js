// @ts-check
/**
 * Live pages. The server pokes: "take 42 is running, 31 %". Whoever says data-live="take:42"
 * fetches itself again; whoever says data-progress="take:42" only moves.
 *
 * Nothing may be missed between the moment when a page is made and the moment when it hears.
 * So: first the socket is registered ("hello"), then the state is fetched, then events count.
 * The fetch is left out where it can find nothing new: when the server says that nothing has
 * moved for longer than this page is old. After every gap all is fetched again, and while
 * there is no socket the same parts are fetched every few seconds.
 */
import { after } from "echoes/element";

const POLL = 4_000;
const LOOKS = 5; // polls after which what is in the making is fetched although the socket is well
const THROTTLE = 400;
const SLOWEST = 8_000;
const SLOWEST_UNSEEN = 30_000;
const PATIENCE = 10_000;
const DOUBT = 2_500;
const FETCH = 8_000;
const SIGNED_OUT = 4401;
const BUSY = ':is(input:not([type="radio"], [type="checkbox"]), textarea):focus, [data-suggest]:focus, [data-lifted], [data-touched], :popover-open';

/** @typedef {"live"|"polling"|"offline"|"away"|"out"} State */
/** @typedef {{topic: string, id?: string, state?: string, progress?: number|null, left_words?: string, project?: string|null, quiet?: number}} Message */

/** One page's link to the server; ends with its signal. */
export class Live {
  #tries = 0;
  #refusals = 0;
  #out = false;
  #hears = false;
  #polls = 0;
  #fails = false;
  /** @type {(() => void)|undefined} ends the wait for a sign of life */
  #doubt;
  /** @type {Map<string, string>} what was last said of each job's state */
  #states = new Map();
  /** @type {Set<string>} ids of the parts that will be fetched again */
  #due = new Set();
  #waiting = false;

  /** @param {{path: string, signal: AbortSignal, onState: (state: State) => void}} options */
  constructor({ path, signal, onState }) {
    this.url = new URL(path, location.href);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.signal = signal;
    this.onState = onState;
    this.connect();
    this.poll();
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    addEventListener("pagehide", () => this.#leavePage(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#seen(), { signal });
    addEventListener("online", () => this.#seen(), { signal });
    addEventListener("offline", () => this.#seen(), { signal });
    document.addEventListener("htmx:configRequest", (event) => hurry(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:beforeOnLoad", (event) => this.#refused(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:beforeSwap", (event) => this.#spare(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:afterRequest", (event) => this.#fetched(/** @type {CustomEvent} */ (event)), { signal });
    signal.addEventListener("abort", () => this.socket?.close());
  }

  /** @returns {State} */
  get state() {
    if (this.#out) return "out";
    if (this.#cutOff) return "offline";
    if (this.#hears) return "live";
    if (!navigator.onLine) return "offline";
    return this.#fails ? "away" : "polling";
  }

  /** The last request failed and there is no network: asking is of no use. (A server of this very machine needs none.) */
  get #cutOff() {
    return this.#fails && !navigator.onLine;
  }

  connect() {
    if (this.signal.aborted) return;
    const socket = (this.socket = new WebSocket(this.url));
    const { signal } = this;
    const ours = (/** @type {(event: any) => void} */ act) => (/** @type {any} */ event) => socket === this.socket && act(event);
    this.#expect(PATIENCE);
    socket.addEventListener("message", ours((event) => this.hear(JSON.parse(event.data))), { signal });
    socket.addEventListener("close", ours((event) => this.#closed(event.code)), { signal });
  }

  /** @param {Message} message */
  hear(message) {
    this.#relax();
    if (message.topic === "hello") this.#registered(message.quiet ?? 0);
    else if (message.topic === "resync") this.#again();
    else if (message.topic === "deaf") this.#deaf();
    else if (message.id) this.#poked(message);
  }

  /** Fetch these parts again, soon and together. @param {Iterable<Element>} parts */
  refresh(parts) {
    for (const part of parts) this.#due.add(part.id);
    if (this.#waiting || !this.#due.size) return;
    this.#waiting = true;
    after(THROTTLE, () => this.#flush(), this.signal);
  }

  /** A poke can be lost without anybody noticing: what is in the making is looked at now and then even so. */
  poll() {
    after(POLL, () => {
      if (!document.hidden && this.state !== "out") this.#look();
      this.poll();
    }, this.signal);
  }

  #look() {
    if (!this.#hears) this.refresh(listeners());
    else if (++this.#polls % LOOKS === 0) this.refresh(listeners().filter((part) => part.querySelector("[data-progress]")));
  }

  /** @param {number} quiet  seconds for which nothing has moved */
  #registered(quiet) {
    const gap = this.#tries > 0;
    this.#tries = this.#refusals = 0;
    if (gap || age() >= quiet) this.#again();
    else this.#live();
  }

  #live() {
    this.#hears = true;
    this.#fails = false;
    this.#tell();
  }

  #again() {
    this.#states.clear();
    this.#live();
    this.refresh(listeners());
  }

  /** The socket stands, but nothing comes through it. */
  #deaf() {
    this.#hears = false;
    this.#tell();
    this.refresh(listeners());
  }

  /** @param {Message} poke */
  #poked(poke) {
    const name = `${poke.topic}:${poke.id}`;
    move(name, poke.progress ?? 0, poke.left_words ?? "");
    document.dispatchEvent(new CustomEvent("live:poke", { detail: poke }));
    if (this.#states.get(name) === poke.state && poke.state !== "changed") return;
    this.#states.set(name, poke.state ?? "");
    const found = listeners(name);
    // A take that this page has never heard of belongs to a card that it does not show yet.
    const unknown = poke.topic === "take" && !found.length ? [`project:${poke.project}`] : [];
    this.refresh([...found, ...listeners(`${poke.topic}:*`, ...unknown)]);
  }

  #flush() {
    this.#waiting = false;
    if (this.#cutOff) return; // what is due is fetched once there is a network
    const due = [...this.#due].map((id) => document.getElementById(id)).filter((part) => part !== null);
    this.#due.clear();
    // Nobody loses a sentence half written or a card in the hand, and no answer overtakes another.
    // And a page that somebody leaves, by what may end the very thing that it shows, asks for nothing.
    const leaves = "going" in document.documentElement.dataset;
    const free = due.filter((part) => !leaves && !part.matches(".htmx-request") && !part.querySelector(BUSY));
    for (const part of due) {
      if (!free.includes(part)) this.#due.add(part.id);
      // It must not bubble: the grid around a card listens for the same word.
      else if (!free.some((other) => other !== part && other.contains(part))) part.dispatchEvent(new CustomEvent("live"));
    }
    if (this.#due.size) this.refresh([]);
  }

  /** An answer that comes when a hand is at the part already would undo what it did: it is due again. @param {CustomEvent} event */
  #spare({ detail }) {
    if (!isLive(detail) || !detail.target.querySelector(BUSY)) return;
    detail.shouldSwap = false;
    this.refresh([detail.target]);
  }

  /** What could not be fetched is still due. @param {CustomEvent} event */
  #fetched({ detail }) {
    if (!isLive(detail)) return;
    const { status } = detail.xhr;
    const failed = status === 0 || status === 429 || status >= 500;
    if (failed) after(POLL, () => this.refresh([detail.elt]), this.signal);
    if (failed === this.#fails) return;
    this.#fails = failed;
    this.#tell();
    // The server is back, and the socket need not wait for its turn.
    if (!failed && !this.#hears) this.#reconnect(0);
  }

  /** @param {number} code */
  #closed(code) {
    this.#relax();
    this.socket = undefined;
    this.#hears = false;
    // Another tab may have signed in again, or changed the password; a second refusal is meant.
    if (code === SIGNED_OUT && ++this.#refusals > 1) return this.#leave();
    this.#tell();
    const slowest = Math.min(document.hidden ? SLOWEST_UNSEEN : SLOWEST, 500 * 2 ** this.#tries++);
    this.#reconnect(slowest * (0.5 + Math.random() / 2));
  }

  /** What a fragment was refused for is the page's affair, not the fragment's. @param {CustomEvent} event */
  #refused(event) {
    if (!isLive(event.detail) || event.detail.xhr.status !== 401) return;
    event.preventDefault();
    this.#leave();
  }

  /** Signed out: the page goes to the sign-in and comes back; but nobody loses a sentence half written. */
  #leave() {
    if (this.#out) return;
    this.#out = true;
    this.#hears = false;
    this.#tell();
    if (!document.querySelector(BUSY)) location.reload();
  }

  /** A page with an open socket is not kept for going back to it; back from there, it connects anew. */
  #leavePage() {
    const socket = this.socket;
    this.#relax();
    this.socket = undefined;
    this.#hears = false;
    socket?.close();
  }

  /** @param {number} pause */
  #reconnect(pause) {
    this.cancel?.();
    this.cancel = after(pause, () => { if (!this.socket) this.connect(); }, this.signal);
  }

  /**
   * A page that slept, or a network that comes back. An open socket is asked for a sign of life: its
   * answer comes after all that was said before, so then nothing was missed.
   */
  #seen() {
    this.#tell();
    if (document.hidden || this.state === "out") return;
    if (!this.#hears || this.#fails) this.refresh(listeners());
    if (this.socket && this.socket.readyState > WebSocket.OPEN) this.#closed(0);
    if (!this.socket) this.#reconnect(0);
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send("there?");
    this.#expect(DOUBT);
  }

  /** A socket that says nothing for so long is given up. A dead one may take minutes to notice. @param {number} patience */
  #expect(patience) {
    this.#relax();
    this.#doubt = after(patience, () => { const dead = this.socket; this.#closed(0); dead?.close(); }, this.signal);
  }

  #relax() {
    this.#doubt?.();
    this.#doubt = undefined;
  }

  #tell() {
    this.onState(this.state);
  }
}

/** Seconds since this page was asked for; a machine that slept meanwhile counts its sleep. */
function age() {
  return Math.max(performance.now(), Date.now() - performance.timeOrigin) / 1000;
}

/** Whether a request of htmx is one of ours, and not a person's. @param {any} detail */
export function isLive(detail) {
  return detail.requestConfig?.triggeringEvent?.type === "live" || detail.triggeringEvent?.type === "live";
}

/** A request that hangs would keep its part from being fetched again. @param {CustomEvent} event */
function hurry({ detail }) {
  if (isLive(detail)) detail.timeout = FETCH;
}

/** Parts that listen to one of these names; all outermost ones when none is given. @param {string[]} names */
function listeners(...names) {
  if (!names.length) return [...document.querySelectorAll("[data-live]:not([data-live] [data-live])")];
  return [...document.querySelectorAll(names.map((name) => `[data-live~="${CSS.escape(name)}"]`).join())];
}

/** @param {string} name @param {number} percent @param {string} left */
function move(name, percent, left) {
  for (const part of document.querySelectorAll(`[data-progress="${CSS.escape(name)}"]`)) {
    if (percent < Number(part.getAttribute("aria-valuenow"))) continue;
    /** @type {HTMLElement} */ (part).style.setProperty("--progress", String(percent));
    part.setAttribute("aria-valuenow", String(percent));
    part.setAttribute("aria-valuetext", left ? `${percent} %, ${left}` : `${percent} %`);
    say(part.querySelector("[data-percent]"), `${percent} %`);
    say(part.querySelector("[data-left]"), left);
  }
}

/** @param {Element|null} place @param {string} words */
function say(place, words) {
  if (place && place.textContent !== words) place.textContent = words;
}
