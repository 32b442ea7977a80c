// @ts-check
import { EchoesElement, announce } from "echoes/element";
import { gettext, ngettext } from "echoes/words";

/**
 * Around the clips and the bar that acts on the chosen ones. Each card has a box; with Shift a range is chosen,
 * Ctrl+A on a box chooses all, Escape none. What is chosen is remembered here, since every answer of the server
 * may replace the boxes.
 */
export class ClipChoice extends EchoesElement {
  /** @type {Set<string>} ids of clips */
  #chosen = new Set();
  /** @type {string} the box from which a range goes on */
  #anchor = "";
  /** Where the chosen ones begin, from 0: there the focus goes on when they are gone. */
  #place = 0;

  connected() {
    this.on("click", (event) => this.#clicked(event));
    this.on("change", (event) => event.target.id === "choice-model" && this.show());
    this.on("keydown", (event) => this.#key(event));
    this.on("clip:folded", () => this.show());
    this.on("choice:done", () => this.#done());
    this.on("htmx:afterSettle", () => this.show(), document);
    this.show();
  }

  /** Those that can be seen, in the order of the film. @returns {HTMLInputElement[]} */
  get boxes() {
    return [...this.querySelectorAll(".clip__pick")].filter((box) => box.checkVisibility()).map((box) => /** @type {HTMLInputElement} */ (box));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const button = /** @type {HTMLElement|null} */ (target.closest("[data-choose]"));
    this.ordered = target.closest("#order button") !== null;
    if (button) this.#all(button.dataset.choose === "all");
    else if (target instanceof HTMLInputElement && target.matches(".clip__pick")) this.#pick(target, event.shiftKey);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const here = event.target instanceof Element && event.target.closest(".clip__pick, .choice-bar");
    if (!here) return;
    if (event.key === "Escape" && this.#chosen.size) this.#all(false);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey) && here.matches(".clip__pick")) {
      event.preventDefault();
      this.#all(true);
    }
  }

  /** @param {HTMLInputElement} box @param {boolean} ranges */
  #pick(box, ranges) {
    const boxes = this.boxes;
    const anchor = boxes.findIndex((other) => other.value === this.#anchor);
    const here = boxes.indexOf(box);
    const range = ranges && anchor >= 0 ? boxes.slice(Math.min(anchor, here), Math.max(anchor, here) + 1) : [box];
    for (const each of range) this.#set(each.value, box.checked);
    this.#anchor = box.value;
    this.show();
    if (range.length > 1) announce(this.#words());
  }

  /** @param {string} id @param {boolean} chosen */
  #set(id, chosen) {
    if (chosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
  }

  /** @param {boolean} all */
  #all(all) {
    const inBar = this.find(".choice-bar").contains(document.activeElement);
    if (all) for (const box of this.boxes) this.#chosen.add(box.value);
    else this.#chosen.clear();
    this.show();
    announce(this.#words());
    if (inBar && !all) this.#focus();
  }

  /** The server has done it. The bar goes, and the focus does not go with it. */
  #done() {
    this.#place = Math.max(0, this.boxes.findIndex((box) => this.#chosen.has(box.value)));
    this.lost = this.find(".choice-bar").contains(document.activeElement);
    this.#chosen.clear();
  }

  #focus() {
    const boxes = this.boxes;
    boxes[Math.min(this.#place, boxes.length - 1)]?.focus({ preventScroll: true });
  }

  /** The boxes and the bar say what is chosen. */
  show() {
    const boxes = this.boxes;
    const there = new Set(boxes.map((box) => box.value));
    for (const id of this.#chosen) if (!there.has(id)) this.#chosen.delete(id);
    for (const box of boxes) box.checked = this.#chosen.has(box.value);
    const cards = this.#cards();
    if (cards.length) this.#place = boxes.findIndex((box) => box.checked);
    this.find("[data-choice-count]").textContent = this.#words();
    this.#enable("approve", cards.some((card) => card.dataset.state === "ready" && card.dataset.approved === "false"));
    this.#enable("leave", cards.some((card) => card.dataset.approved === "true"));
    this.#price(cards);
    if (this.lost) this.#focus();
    // The menu was replaced together with the button that was pressed.
    if (this.ordered && document.activeElement === document.body) this.find("#order summary")?.focus({ preventScroll: true });
    this.lost = false;
  }

  #cards() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".clip:has(.clip__pick:checked)")]);
  }

  /** What bringing them to life costs stands on the button before it is pressed. @param {HTMLElement[]} cards */
  #price(cards) {
    const model = this.find("#choice-model");
    const option = model ? model.selectedOptions[0] : this.find(".choice-bar [name=model]");
    const each = Number(option.dataset.each);
    const still = cards.filter((card) => isStill(card, option.value));
    const cost = each * still.length;
    this.find(".choice-bar [name=cost]").value = String(cost);
    this.find("[data-choice-bring]").textContent = still.length ? bring(still.length, cost) : gettext("Bring to life");
    const to = option.dataset.maker ? gettext("Copies of the photos go to {maker}.", { maker: option.dataset.maker }) : "";
    this.find("[data-choice-note]").textContent = still.length ? to : model ? gettext("Nothing here is left for this model.") : "";
    this.#enable("bring", still.length > 0);
  }

  /** @param {string} act @param {boolean} can */
  #enable(act, can) {
    const button = this.find(`#choice-${act}`);
    if (!can && button === document.activeElement) this.find("[data-choose]").focus();
    button.disabled = !can;
  }

  #words() {
    const count = this.#chosen.size;
    return count ? ngettext("{count} chosen", "{count} chosen", count) : gettext("None chosen");
  }
}

/** Whether this model could bring it to life. @param {HTMLElement} card @param {string} model */
function isStill(card, model) {
  if (model === "local") return ["draft", "error"].includes(card.dataset.state ?? "");
  return "sendable" in card.dataset && !(card.dataset.moves ?? "").split(" ").includes(model);
}

/** @param {number} count @param {number} cost */
function bring(count, cost) {
  const price = cost ? ngettext("{count} credit", "{count} credits", cost) : gettext("free");
  return ngettext("Bring {count} to life · {price}", "Bring {count} to life · {price}", count, { price });
}
