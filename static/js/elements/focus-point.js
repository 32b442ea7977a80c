// @ts-check
import { EchoesElement } from "echoes/element";
import { framing, seen } from "echoes/scenes";

const STEP = 20;
const MOST = 1000;
const LONG = 5;

/** A ring on a picture, moved by hand or with the arrow keys: what to keep in view. Two sliders hold its place. */
export class FocusPoint extends EchoesElement {
  connected() {
    this.picture = this.find(".focus__picture");
    [this.x, this.y] = this.querySelectorAll("input[type=range]");
    this.automatic = this.find("input[type=checkbox]");
    this.on("pointerdown", (event) => this.#grab(event), this.picture);
    this.on("pointermove", (event) => this.#drag(event), this.picture);
    this.on("pointerup pointercancel", () => this.#drop(), this.picture);
    this.on("keydown", (event) => this.#key(event));
    this.on("input", (event) => this.#typed(event.target));
    this.on("change", () => this.#draw(), this.automatic);
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.picture.setPointerCapture(event.pointerId);
    this.dataset.held = "true";
    this.x.focus({ preventScroll: true });
    this.#drag(event);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.dataset.held) return;
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    this.#move(((event.clientX - left) / width) * MOST, ((event.clientY - top) / height) * MOST);
  }

  #drop() {
    if (!this.dataset.held) return;
    delete this.dataset.held;
    this.x.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Whichever slider has the focus, each arrow moves the ring its own way. @param {KeyboardEvent} event */
  #key(event) {
    if (event.target === this.automatic || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEP * (event.shiftKey ? LONG : 1);
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    this.#move(Number(this.x.value) + way[0], Number(this.y.value) + way[1]);
  }

  /** @param {number} x @param {number} y */
  #move(x, y) {
    this.x.value = Math.round(Math.min(MOST, Math.max(0, x)));
    this.y.value = Math.round(Math.min(MOST, Math.max(0, y)));
    this.x.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {EventTarget|null} field */
  #typed(field) {
    if (field !== this.automatic) this.automatic.checked = false;
    this.#draw();
  }

  /** The ring, and about what the film shows around it. */
  #draw() {
    const automatic = this.automatic.checked;
    const [x, y] = automatic ? [MOST / 2, MOST / 2] : [Number(this.x.value), Number(this.y.value)];
    const aspect = this.dataset.aspect ?? "16:9";
    const still = this.picture.firstElementChild;
    const own = `${still.getAttribute("width")}:${still.getAttribute("height")}`;
    const share = seen(aspect, own);
    const at = framing([{ aspect, x, y }], aspect, own);
    this.toggleAttribute("data-automatic", automatic);
    const places = { x: x / MOST, y: y / MOST, wide: share.x, high: share.y, left: (at.x / 100) * (1 - share.x), top: (at.y / 100) * (1 - share.y) };
    for (const [name, value] of Object.entries(places)) this.picture.style.setProperty(`--${name}`, String(value));
  }
}
