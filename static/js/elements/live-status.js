// @ts-check
import { EchoesElement } from "echoes/element";
import { Live } from "echoes/live";

const WORDS = { live: "Live", polling: "Checking every few seconds", offline: "No network" };

/** Holds the page's link to the server, and says which of the two ways the page is kept true. */
export class LiveStatus extends EchoesElement {
  connected() {
    const onState = (/** @type {keyof WORDS} */ state) => this.show(state);
    new Live({ path: this.dataset.path ?? "/ws/live/", signal: this.signal, onState });
    this.on("offline", () => this.show("offline"), window);
  }

  /** @param {keyof WORDS} state */
  show(state) {
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    this.title = WORDS[state];
    this.find(".live-text").textContent = WORDS[state];
  }
}
