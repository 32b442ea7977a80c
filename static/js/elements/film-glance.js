// @ts-check
import { EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

/** A finished film at a glance: a row of its moments, each a button that takes the player there. */
export class FilmGlance extends EchoesElement {
  #width = 0;

  connected() {
    const [wide, high] = (this.dataset.shape ?? "16 9").split(" ").map(Number);
    this.aspect = wide / high;
    this.cells = Number(this.dataset.cells);
    this.columns = Number(this.dataset.columns);
    this.rows = Number(this.dataset.rows);
    this.seconds = Number(this.dataset.duration) / this.cells;
    const room = new ResizeObserver(() => this.#fill());
    room.observe(this);
    this.signal.addEventListener("abort", () => room.disconnect());
    this.on("click", (event) => this.#go(event.target.closest("button")));
  }

  /** As many moments as fill the row, evenly spread over the film; the last bit of room is cut from their sides. */
  #fill() {
    const { clientWidth: width, clientHeight: height } = this;
    if (width === this.#width || !height) return;
    this.#width = width;
    const count = Math.max(1, Math.min(this.cells, Math.ceil(width / (height * this.aspect))));
    const size = { height: Math.max(height, width / count / this.aspect), width: width / count };
    const cells = Array.from({ length: count }, (_, place) => Math.floor(((place + 0.5) * this.cells) / count));
    this.replaceChildren(...cells.map((cell) => this.#moment(cell, size)));
  }

  /** @param {number} cell @param {{width: number, height: number}} size */
  #moment(cell, size) {
    const high = size.height;
    const wide = high * this.aspect;
    const left = (cell % this.columns) * wide + (wide - size.width) / 2;
    const top = Math.floor(cell / this.columns) * high + (high - this.clientHeight) / 2;
    const at = Math.floor(cell * this.seconds);
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.at = String(cell * this.seconds);
    button.setAttribute("aria-label", gettext("Go to {time}", { time: `${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}` }));
    button.style.backgroundImage = `url("${this.dataset.url}")`;
    button.style.backgroundSize = `${this.columns * wide}px ${this.rows * high}px`;
    button.style.backgroundPosition = `${-left}px ${-top}px`;
    return button;
  }

  /** @param {HTMLElement|null} button */
  #go(button) {
    const video = /** @type {HTMLVideoElement|null} */ (this.closest(".film")?.querySelector("video"));
    if (!button || !video) return;
    video.currentTime = Number(button.dataset.at);
    video.play().catch(() => {});
  }
}
