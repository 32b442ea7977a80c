// @ts-check
import { EchoesElement } from "echoes/element";

const PATIENCE = 2_000;

/**
 * Chooses the picture of a film: a click or a tap on a moment is enough, with the keyboard the arrows look
 * around and Enter takes. The moment at which the player stands can be taken, too.
 */
export class PosterChoice extends EchoesElement {
  /** How far the row was scrolled: after a choice it comes anew. */
  static #left = 0;

  connected() {
    this.now = /** @type {HTMLButtonElement} */ (this.find("[data-now]"));
    this.moments = /** @type {HTMLElement} */ (this.find(".moments"));
    this.#show();
    this.#scroll();
    this.on("scroll", () => { PosterChoice.#left = this.moments?.scrollLeft ?? 0; }, this.moments);
    this.#mark();
    this.#look();
    if (this.player) this.on("timeupdate seeked", () => this.#mark(), this.player);
    this.on("click", (event) => this.#clicked(event));
  }

  /** The frame at which the player stands is what its button sends. */
  #mark() {
    if (this.now) this.now.value = String(Math.floor((this.player?.currentTime ?? 0) * Number(this.now.dataset.fps) + 0.5));
  }

  /** A picture is there within a second or two: whoever waits for it does not rely on being told. */
  #look() {
    if (this.dataset.state !== "pending") return;
    this.after(PATIENCE, () => {
      this.closest("[data-live]")?.dispatchEvent(new CustomEvent("live"));
      this.#look();
    });
  }

  /** To where it was, or to the picture that is chosen. */
  #scroll() {
    if (!this.moments) return;
    const chosen = /** @type {HTMLElement|null} */ (this.moments.querySelector("label:has(:checked)"));
    const middle = chosen ? chosen.offsetLeft - this.moments.offsetLeft - (this.moments.clientWidth - chosen.clientWidth) / 2 : 0;
    this.moments.scrollLeft = PosterChoice.#left || middle;
  }

  /** The picture is what the player shows before it plays. */
  #show() {
    const { player } = this;
    const { poster } = this.dataset;
    if (player && poster && player.getAttribute("poster") !== poster) player.poster = poster;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target === this.now) this.#mark();
    // The arrow keys click as well, but nothing was pressed.
    if (target instanceof HTMLInputElement && event.detail > 0) target.form?.requestSubmit();
  }

  get player() {
    return /** @type {HTMLVideoElement|null|undefined} */ (this.closest(".film")?.querySelector(".film__screen > video"));
  }
}
