// @ts-check
/** What all our elements share: one AbortSignal for as long as the element is on the page. */
export class EchoesElement extends HTMLElement {
  #stop = new AbortController();

  connectedCallback() {
    this.#stop = new AbortController();
    this.connected();
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.disconnected();
  }

  /** Aborts when the element leaves the page; every listener, timer and fetch takes it. */
  get signal() {
    return this.#stop.signal;
  }

  connected() {}

  disconnected() {}

  /**
   * @param {string} types  separated by spaces
   * @param {(event: any) => void} listener
   * @param {EventTarget} [target]
   * @param {AddEventListenerOptions} [options]
   */
  on(types, listener, target = this, options = {}) {
    for (const type of types.split(" ")) {
      target.addEventListener(type, listener, { ...options, signal: this.signal });
    }
  }

  /** @param {string} selector @returns {any} */
  find(selector) {
    return this.querySelector(selector);
  }

  /** @param {string} type @param {object} [detail] */
  say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  /** @param {number} milliseconds @param {() => void} act */
  after(milliseconds, act) {
    return after(milliseconds, act, this.signal);
  }
}

/** @param {number} milliseconds @param {() => void} act @param {AbortSignal} signal @returns {() => void} */
export function after(milliseconds, act, signal) {
  if (signal.aborted) return () => {};
  const forget = () => signal.removeEventListener("abort", cancel);
  const timer = setTimeout(() => { forget(); act(); }, milliseconds);
  const cancel = () => { forget(); clearTimeout(timer); };
  signal.addEventListener("abort", cancel);
  return cancel;
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
export function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    after(milliseconds, resolve, signal);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

export const csrf = () => document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";

/** Say something to those who listen to the page. @param {string} words */
export function announce(words) {
  const place = document.getElementById("announce");
  if (place) place.textContent = words;
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** By tag; one that another script of the page has defined is the same. @param {Record<string, CustomElementConstructor>} elements */
export function define(elements) {
  for (const [tag, element] of Object.entries(elements)) if (!customElements.get(tag)) customElements.define(tag, element);
}
