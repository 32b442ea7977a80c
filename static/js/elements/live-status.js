// @ts-check
import { EchoesElement } from "echoes/element";
import { Live } from "echoes/live";
import { gettext } from "echoes/words";

const WORDS = {
  live: [gettext("Live"), gettext("This page follows the work by itself.")],
  polling: [gettext("Checking every few seconds"), gettext("The live connection is interrupted. This page looks every few seconds instead.")],
  offline: [gettext("No network"), gettext("What you see may be old until the network is back. The work itself goes on.")],
  away: [gettext("Echoes does not answer"), gettext("What you see may be old. This page keeps trying.")],
  out: [gettext("Signed out"), gettext("Reload this page to sign in again.")],
};
const GRACE = 2_000;

/** Holds the page's link to the server, and says in which way the page is kept true. */
export class LiveStatus extends EchoesElement {
  /** @type {keyof WORDS} */
  #state = "live";
  /** @type {(() => void)|undefined} */
  #soon;

  connected() {
    const onState = (/** @type {keyof WORDS} */ state) => this.#consider(state);
    new Live({ path: this.dataset.path ?? "/ws/live/", signal: this.signal, onState });
  }

  disconnected() {
    // Back from the browser's cache the page begins anew.
    this.dataset.state = "connecting";
  }

  /** A socket that is back within a moment is nobody's concern. @param {keyof WORDS} state */
  #consider(state) {
    this.#state = state;
    const quiet = ["live", "connecting"].includes(this.dataset.state ?? "");
    if (state === "live" || state === "out" || !quiet) this.#show();
    else this.#soon ??= this.after(GRACE, () => this.#show());
  }

  #show() {
    const state = this.#state;
    this.#soon?.();
    this.#soon = undefined;
    if (this.dataset.state === state) return;
    const [words, sentence] = WORDS[state];
    // Trouble is read out, and its end; that all is well from the start is not.
    if (state !== "live") this.setAttribute("aria-live", "polite");
    this.dataset.state = state;
    this.title = sentence;
    this.find(".live-text").textContent = words;
  }
}
