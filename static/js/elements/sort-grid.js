// @ts-check
import { EchoesElement, announce } from "echoes/element";
import { gettext } from "echoes/words";

const EDGE = 90;
const SCROLL = 14;

/** Puts clips in order: by the handle with a mouse or a thumb, or by the handle with the keys. */
export class SortGrid extends EchoesElement {
  connected() {
    this.list = this.find(".clip-list");
    this.on("pointerdown", (event) => this.#lift(event));
    this.on("keydown", (event) => this.#key(event));
    this.on("click", (event) => this.#step(event));
    this.on("htmx:afterSettle", () => this.count(), document);
    this.on("contextmenu", (event) => event.target.closest(".clip__handle") && event.preventDefault());
    this.count();
  }

  /** @returns {HTMLElement[]} */
  get cards() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  /** The page's numbers follow the cards, and a clip that has just become ready wakes up. */
  count() {
    const totals = { total: this.cards.length, draft: 0, generating: 0, ready: 0, error: 0, approved: 0 };
    for (const card of this.cards) {
      totals[/** @type {keyof totals} */ (card.dataset.state)]++;
      if (card.dataset.approved === "true") totals.approved++;
      if (states.get(card.id) === "generating" && card.dataset.state === "ready" && !("trouble" in card.dataset)) card.dataset.woke = "";
      states.set(card.id, card.dataset.state ?? "");
    }
    for (const [name, total] of Object.entries(totals)) {
      for (const place of document.querySelectorAll(`[data-total="${name}"]`)) {
        place.textContent = String(total);
        place.closest("[data-count]")?.setAttribute("data-count", String(total));
      }
    }
  }

  /** Those that can be seen: the others are folded, and go along with the one that stands for them. */
  get shown() {
    return this.cards.filter((card) => !isFolded(card));
  }

  /** @param {HTMLElement} card @param {number} position  among those that can be seen, from 1 @param {HTMLElement} [hand]  what moved it */
  move(card, position, hand) {
    const others = this.shown.filter((other) => other !== card);
    const place = Math.min(Math.max(position, 1), others.length + 1);
    if (place === this.shown.indexOf(card) + 1) return;
    const group = this.#group(card);
    const rest = this.cards.filter((other) => !group.includes(other));
    const next = others[place - 1] && this.#group(others[place - 1])[0];
    for (const each of group) this.list.insertBefore(each, next ?? null);
    announce(gettext("Moved to position {place} of {all}", { place, all: others.length + 1 }));
    const handle = /** @type {HTMLElement} */ (card.querySelector(".clip__handle"));
    (hand ?? handle).focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    const values = { position: (next ? rest.indexOf(next) : rest.length) + 1, along: group.map((each) => each.id.replace("clip-", "")).join() };
    /** @type {any} */ (window).htmx.ajax("POST", card.dataset.move, { source: handle, target: "#clips", swap: "keyed", values });
  }

  /** A card with those that are folded under it, in the order of the film. @param {HTMLElement} card */
  #group(card) {
    return this.cards.filter((other) => other === card || (isFolded(other) && other.dataset.under === card.id));
  }

  /** "Earlier" and "later" mean what is seen; without script they are buttons of a form. @param {MouseEvent} event */
  #step(event) {
    const button = /** @type {HTMLButtonElement|null} */ (/** @type {Element} */ (event.target).closest(".clip__tools [name=position]"));
    const card = /** @type {HTMLElement|null} */ (button && button.closest(".clip"));
    if (!button || !card) return;
    event.preventDefault();
    this.move(card, this.shown.indexOf(card) + 1 + (button.id.startsWith("later") ? 1 : -1), button);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const card = event.target instanceof Element && event.target.matches(".clip__handle") && event.target.closest(".clip");
    if (!(card instanceof HTMLElement)) return;
    const here = this.shown.indexOf(card) + 1;
    const row = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const side = getComputedStyle(this.list).direction === "rtl" ? -1 : 1;
    const to = { ArrowLeft: here - side, ArrowRight: here + side, ArrowUp: here - row, ArrowDown: here + row, Home: 1, End: this.shown.length }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.move(card, to);
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    const handle = event.target instanceof Element && event.target.closest(".clip__handle");
    const card = /** @type {HTMLElement|null} */ (handle && handle.closest(".clip"));
    if (!card || event.button !== 0) return;
    const drop = new AbortController();
    const signal = AbortSignal.any([drop.signal, this.signal]);
    const from = { x: event.pageX, y: event.pageY };
    const end = (/** @type {boolean} */ keep) => { drop.abort(); this.#land(card, keep); };
    const follow = (/** @type {PointerEvent} */ moved) => this.#follow(card, from, moved);
    document.addEventListener("pointermove", follow, { signal });
    document.addEventListener("pointerup", () => end(true), { signal });
    document.addEventListener("pointercancel", () => end(false), { signal });
    document.addEventListener("keydown", (key) => key.key === "Escape" && end(false), { signal });
  }

  /** @param {HTMLElement} card @param {{x: number, y: number}} from @param {PointerEvent} event */
  #follow(card, from, event) {
    const x = event.clientX + scrollX - from.x;
    const y = event.clientY + scrollY - from.y;
    if (!("lifted" in card.dataset) && Math.hypot(x, y) < 5) return;
    card.dataset.lifted = "";
    card.style.translate = `${x}px ${y}px`;
    this.#mark(card, event);
    this.atEdge?.();
    const push = event.clientY < EDGE ? -SCROLL : event.clientY > innerHeight - EDGE ? SCROLL : 0;
    if (!push) return;
    // A hand that rests at the edge goes on scrolling.
    scrollBy({ top: push, behavior: "instant" });
    this.atEdge = this.after(16, () => this.#follow(card, from, event));
  }

  /** A line shows where it would land: beside the nearest card. @param {HTMLElement} card @param {PointerEvent} event */
  #mark(card, event) {
    const others = this.shown.filter((other) => other !== card);
    const near = others.map((other) => ({ other, box: other.getBoundingClientRect() }))
      .sort((a, b) => distance(a.box, event) - distance(b.box, event))[0];
    for (const other of others) delete other.dataset.land;
    if (!near) return;
    const oneColumn = getComputedStyle(this.list).gridTemplateColumns.split(" ").length === 1;
    const after = oneColumn ? event.clientY > near.box.top + near.box.height / 2 : event.clientX > near.box.left + near.box.width / 2;
    near.other.dataset.land = after ? "after" : "before";
  }

  /** @param {HTMLElement} card @param {boolean} keep */
  #land(card, keep) {
    this.atEdge?.();
    const beside = /** @type {HTMLElement|null} */ (this.find("[data-land]"));
    const after = beside?.dataset.land === "after";
    if (beside) delete beside.dataset.land;
    delete card.dataset.lifted;
    card.style.translate = "";
    if (!keep || !beside) return;
    const others = this.shown.filter((other) => other !== card);
    this.move(card, others.indexOf(beside) + (after ? 2 : 1));
  }
}

/** What each card was when it was last counted; outlives the grid, which every answer replaces. @type {Map<string, string>} */
const states = new Map();

/** @param {HTMLElement} card */
const isFolded = (card) => "under" in card.dataset && !("unfolded" in card.dataset);

/** @param {DOMRect} box @param {PointerEvent} event */
function distance(box, event) {
  return Math.hypot(event.clientX - (box.left + box.width / 2), event.clientY - (box.top + box.height / 2));
}
