// @ts-check
import { calm, EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

const SHORTEST = 10; // tenths of a second that stay in any case

/** Two sliders, in tenths of a second: the picture goes where the hand is, and what stays is played. */
export class ClipTrim extends EchoesElement {
  connected() {
    this.video = this.find("video");
    this.begins = this.find("[name=begins]");
    this.ends = this.find("[name=ends]");
    this.on("input", (event) => this.#moved(event.target));
    this.on("change", () => this.#play());
    this.on("timeupdate", () => this.video.currentTime * 10 >= Number(this.ends.value) && this.video.pause(), this.video);
    this.#say();
  }

  /** The other end gives way. @param {HTMLInputElement} range */
  #moved(range) {
    const length = Number(range.max);
    const [begins, ends] = [Number(this.begins.value), Number(this.ends.value)];
    if (range === this.begins) {
      this.begins.value = String(Math.min(begins, length - SHORTEST));
      this.ends.value = String(Math.max(ends, Number(this.begins.value) + SHORTEST));
    } else {
      this.ends.value = String(Math.max(ends, SHORTEST));
      this.begins.value = String(Math.min(begins, Number(this.ends.value) - SHORTEST));
    }
    this.video.pause();
    this.video.currentTime = Number(range.value) / 10;
    this.#say();
  }

  #play() {
    if (calm()) return;
    this.video.currentTime = Number(this.begins.value) / 10;
    // Being interrupted is not an error.
    this.video.play().catch(() => {});
  }

  #say() {
    for (const range of [this.begins, this.ends]) {
      const words = decimal(Number(range.value));
      this.find(`output[for="${range.id}"]`).textContent = `${words} s`;
      range.setAttribute("aria-valuetext", gettext("{number} seconds", { number: words }));
    }
    this.find("[data-length]").textContent = gettext("{number} s stay", { number: decimal(Number(this.ends.value) - Number(this.begins.value)) });
  }
}

/** Seconds, as the language of the page writes them. @param {number} tenths */
const decimal = (tenths) => (tenths / 10).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, useGrouping: false });
