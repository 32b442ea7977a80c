// @ts-check
import { EchoesElement, calm } from "echoes/element";

const STOPS = ".strip__clip, .strip__join";

/**
 * The film's clips in a row. One at a time is open, in the place beside the preview, which then shows it; the one
 * that the preview shows is marked. With the keyboard the row is one stop, and the arrows walk along it.
 */
export class FilmStrip extends EchoesElement {
  #stale = false;
  #again = false;
  #shown = "";
  #stop = "";

  connected() {
    this.place = /** @type {HTMLElement} */ (document.getElementById("opened"));
    this.row = /** @type {HTMLElement} */ (this.find(".strip__clips"));
    this.on("htmx:afterSwap", (event) => event.target === this.place && this.#opened(), this.place);
    this.on("click", (event) => event.target.closest("[data-close-clip]") && this.close(), this.place);
    this.on("keydown", (event) => event.key === "Escape" && this.close(), this.place);
    this.on("htmx:oobAfterSwap", () => this.#mark(), document);
    this.on("change", (event) => (this.#stale ||= event.target.name === "shapes"), document);
    this.on("film:saved", () => this.#renew(), document);
    this.on("film:at", (event) => this.#follow(event.detail.clip), document);
    this.on("focusin", (event) => this.#rove(event.target));
    this.on("keydown", (event) => this.#key(event));
    this.#mark();
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

  /** Of the clip that the preview shows; a card has none. */
  #place() {
    return /** @type {HTMLElement|null} */ (this.find(`.strip__place[id="strip-${this.#shown}"]`));
  }

  /** All that is marked: what is open, what is shown, and where Tab comes in. A place that was saved comes anew. */
  #mark() {
    for (const marked of this.querySelectorAll("[aria-current]")) marked.removeAttribute("aria-current");
    this.#link()?.setAttribute("aria-current", "true");
    this.#place()?.setAttribute("aria-current", "step");
    this.#rove(this.find(`[href="${this.#stop}"]`));
  }

  /** The row goes along with the film, but not from under somebody's hand; the page stays where it is. @param {string} clip */
  #follow(clip) {
    this.#shown = clip;
    this.#mark();
    const place = this.#place();
    if (!place || !this.row || this.matches(":hover, :focus-within")) return;
    const [row, box] = [this.row, place].map((each) => each.getBoundingClientRect());
    const left = box.left + box.width / 2 - row.left - row.width / 2;
    this.row.scrollBy({ left, behavior: calm() ? "instant" : "smooth" });
  }

  /** Of all links Tab reaches the one that had the focus last, or the first. @param {Element|null} wanted */
  #rove(wanted) {
    const links = [...this.querySelectorAll(STOPS)];
    const stop = links.find((link) => link === wanted) ?? links[0];
    this.#stop = stop?.getAttribute("href") ?? "";
    for (const link of links) link.setAttribute("tabindex", link === stop ? "0" : "-1");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const links = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(STOPS)]);
    const here = links.findIndex((link) => link === event.target);
    const side = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const to = { ArrowLeft: here - side, ArrowRight: here + side, Home: 0, End: links.length - 1 }[event.key];
    if (here < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    links[to]?.focus();
  }
}
