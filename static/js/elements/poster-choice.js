// @ts-check
import { EchoesElement } from "echoes/element";

/**
 * Chooses the picture of a film: a click or a tap on a moment is enough, with the keyboard the arrows look
 * around and Enter takes. The moment at which the player stands can be taken, too.
 */
export class PosterChoice extends EchoesElement {
  connected() {
    this.now = /** @type {HTMLButtonElement} */ (this.find("[data-now]"));
    this.now.hidden = false;
    this.#show();
    this.on("click", (event) => this.#clicked(event));
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
    if (target === this.now) this.now.value = String(Math.floor((this.player?.currentTime ?? 0) * Number(this.now.dataset.fps) + 0.5));
    // The arrow keys click as well, but nothing was pressed.
    if (target instanceof HTMLInputElement && event.detail > 0) target.form?.requestSubmit();
  }

  get player() {
    return /** @type {HTMLVideoElement|null|undefined} */ (this.closest(".film")?.querySelector(".film__screen > video"));
  }
}
