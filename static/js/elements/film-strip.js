// @ts-check
import { EchoesElement } from "echoes/element";

/** The film's clips in a row. One at a time is open, in the place beside the preview, which then shows it. */
export class FilmStrip extends EchoesElement {
  #stale = false;
  #again = false;

  connected() {
    this.place = /** @type {HTMLElement} */ (document.getElementById("opened"));
    this.on("htmx:afterSwap", (event) => event.target === this.place && this.#opened(), this.place);
    this.on("click", (event) => event.target.closest("[data-close-clip]") && this.close(), this.place);
    this.on("keydown", (event) => event.key === "Escape" && this.close(), this.place);
    this.on("htmx:oobAfterSwap", () => this.#mark(), document);
    this.on("change", (event) => (this.#stale ||= event.target.name === "shapes"), document);
    this.on("film:saved", () => this.#renew(), document);
  }

  get open() {
    return /** @type {HTMLElement|null} */ (this.place?.querySelector("[data-clip]") ?? null);
  }

  close() {
    const link = this.#link();
    this.place?.replaceChildren();
    this.#mark();
    link?.focus();
  }

  #opened() {
    this.#mark();
    const { open } = this;
    if (!open) return;
    if (!this.#again) {
      this.say("film:show", { clip: open.dataset.clip, part: open.dataset.part });
      open.querySelector("h2")?.focus();
    }
    this.#again = false;
  }

  /** Other shapes, other framings: what is open is fetched again. */
  #renew() {
    const url = this.open?.querySelector("form")?.getAttribute("action");
    if (!this.#stale || !this.open || this.open.dataset.part === "join") return;
    this.#stale = false;
    this.#again = true;
    /** @type {any} */ (window).htmx.ajax("GET", url, { target: "#opened", swap: "innerHTML" });
  }

  #link() {
    const kind = this.open?.dataset.part === "join" ? "join" : "clip";
    return this.open && /** @type {HTMLElement|null} */ (this.find(`#strip-${this.open.dataset.clip} .strip__${kind}`));
  }

  #mark() {
    for (const link of this.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
    this.#link()?.setAttribute("aria-current", "true");
  }
}
