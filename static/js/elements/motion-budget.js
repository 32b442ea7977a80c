// @ts-check
import { EchoesElement } from "echoes/element";
import { ngettext } from "echoes/words";

/**
 * A budget and the photos that it brings to life. The server proposes; what is switched by hand is counted here,
 * and nothing fetches the section again while it stands ([data-touched], see live.js).
 */
export class MotionBudget extends EchoesElement {
  connected() {
    this.on("input", (event) => event.target.name === "credits" && this.slide(event.target));
    this.on("change", (event) => event.target.name === "clip" && this.count(event.target));
  }

  /** The number moves with the hand, the photos follow a moment later. @param {HTMLInputElement} range */
  slide(range) {
    const words = credits(Number(range.value));
    this.find("output").textContent = words;
    range.setAttribute("aria-valuetext", words);
  }

  /** @param {HTMLInputElement} box */
  count(box) {
    const form = /** @type {HTMLFormElement} */ (box.form);
    const chosen = form.querySelectorAll('[name="clip"]:checked').length;
    const cost = chosen * Number(form.dataset.each);
    form.dataset.touched = "";
    form.cost.value = String(cost);
    this.mark(box);
    for (const place of form.querySelectorAll("[data-chosen]")) place.textContent = String(chosen);
    for (const place of form.querySelectorAll("[data-cost]")) place.textContent = credits(cost);
  }

  /** The next answer of the server changes those places that differ from it. @param {HTMLInputElement} box */
  mark(box) {
    const place = /** @type {HTMLElement} */ (box.closest("[data-rev]"));
    place.dataset.rev = box.checked ? "on" : "off";
  }
}

/** @param {number} amount */
const credits = (amount) => ngettext("{count} credit", "{count} credits", amount);
