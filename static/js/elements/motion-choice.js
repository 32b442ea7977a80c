// @ts-check
import { EchoesElement, calm } from "echoes/element";

/** Who brings a photo to life: the button of the form says what that costs, and samples play under the hand. */
export class MotionChoice extends EchoesElement {
  connected() {
    this.on("change", () => this.price());
    this.on("pointerover focusin", (event) => this.#show(event));
    this.on("pointerleave focusout", () => this.#stop());
    this.price();
  }

  disconnected() {
    this.#stop();
  }

  /** The button stands outside of this element, and stays when this one is replaced. */
  price() {
    const chosen = this.find("input:checked, input[type=hidden]");
    const place = this.closest("form")?.querySelector("button [data-price]");
    if (chosen && place) place.textContent = chosen.dataset.price;
  }

  /** @param {Event} event */
  #show(event) {
    const model = event.target instanceof Element && event.target.closest(".model");
    const sample = model ? model.querySelector("video") : null;
    if (sample === this.playing) return;
    this.#stop();
    if (!sample || (calm() && event.type === "focusin")) return;
    this.playing = sample;
    // Being interrupted is not an error.
    sample.play().catch(() => {});
  }

  #stop() {
    this.playing?.pause();
    this.playing = null;
  }
}
