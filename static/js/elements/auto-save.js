// @ts-check
import { EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

const TYPING = 500;

/** Around a form: each change asks htmx to save it ("finish:changed"), and says "film:saved" when that is done. */
export class AutoSave extends EchoesElement {
  connected() {
    this.form = this.find("form");
    this.on("input", (event) => this.onInput(event.target));
    this.on("change", (event) => event.target.name && event.target.form === this.form && this.save());
    this.on("htmx:beforeSwap", (event) => this.keepPage(event));
    this.on("htmx:afterRequest", (event) => event.detail.elt === this.form && this.answered(event.detail));
  }

  /** @param {HTMLInputElement} field */
  onInput(field) {
    if (!field.name || field.form !== this.form) return;
    const output = field.type === "range" && this.find(`output[for="${field.id}"]`);
    if (output) output.textContent = `${field.value} %`;
    this.say("finish:typed", { name: field.name, value: field.value, clip: this.form.dataset.clip });
    this.cancel?.();
    this.cancel = this.after(TYPING, () => this.save());
  }

  save() {
    this.cancel?.();
    this.form.dispatchEvent(new CustomEvent("finish:changed"));
  }

  /** A refusal of the form comes as a whole page, which is for browsers without script. @param {any} event */
  keepPage(event) {
    const { xhr } = event.detail;
    if (xhr.status === 422 && !xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = false;
  }

  /** @param {any} detail */
  answered(detail) {
    this.find("[data-saved]").textContent = detail.successful ? gettext("Saved") : gettext("This could not be saved yet");
    if (detail.successful) this.say("film:saved");
  }
}
