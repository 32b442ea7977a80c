// @ts-check
import { EchoesElement } from "echoes/element";

const READING = 6_000;
const UNDOING = 12_000;

/**
 * A message that goes by itself, but not while somebody reads it with the pointer or the focus on it. There is one
 * Undo at a time, of what was done last.
 */
export class UndoToast extends EchoesElement {
  connected() {
    this.on("click", (event) => event.target.closest("[data-close]") && this.remove());
    this.on("mouseleave focusout", () => this.leaveSoon());
    this.on("mouseenter focusin", () => this.cancel?.());
    this.on("htmx:afterRequest", (event) => event.detail.successful && this.remove());
    this.leaveSoon();
    if (this.find("form")) this.#replace();
  }

  #replace() {
    for (const other of this.parentElement?.querySelectorAll(":scope > undo-toast:has(form)") ?? []) {
      if (other !== this && !other.closest("[data-still]")) other.remove();
    }
  }

  leaveSoon() {
    this.cancel?.();
    if (this.dataset.level === "error" || this.closest("[data-still]")) return;
    this.cancel = this.after(this.find("form") ? UNDOING : READING, () => this.remove());
  }
}
