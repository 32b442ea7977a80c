// @ts-check
import { EchoesElement } from "echoes/element";

const STEP = 1_000;
const MOST = 95; // as `clips.cards` has it

/** Around a ring of what a service makes: between two words of the service it goes on by the time that this usually takes. */
export class UsualTime extends EchoesElement {
  connected() {
    this.since = performance.now() - Number(this.dataset.passed) * 1000;
    this.ring = this.find("[data-progress]");
    this.#go();
  }

  #go() {
    const passed = (performance.now() - this.since) / 1000;
    const percent = Math.min(MOST, Math.round((MOST * passed) / Number(this.dataset.seconds)));
    if (percent > Number(this.ring.getAttribute("aria-valuenow"))) this.#show(percent);
    this.after(STEP, () => this.#go());
  }

  /** @param {number} percent */
  #show(percent) {
    this.ring.style.setProperty("--progress", String(percent));
    this.ring.setAttribute("aria-valuenow", String(percent));
    this.ring.setAttribute("aria-valuetext", `${percent} %`);
    this.ring.querySelector("[data-percent]").textContent = `${percent} %`;
  }
}
