// @ts-check
import { EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

const NUMBER = /^[\d.]+$|:/;
const REFUSED = gettext("That did not work, or took too long. Please try again.");
const KNOWN_ALREADY = gettext("This device has a passkey for you already.");

/**
 * A form that is sent once a passkey has answered. `data-do` is `make`, `use` or `sign-in`; what to ask the
 * passkey stands in #passkey-options, for a sign-in at the address `data-options`. Hidden where there are no
 * passkeys: in old browsers, and where the page was opened by a number instead of a name.
 */
export class PassKey extends EchoesElement {
  connected() {
    if (NUMBER.test(location.hostname)) this.sendToName();
    else if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) this.hidden = false;
    this.on("submit", (event) => this.ask(event));
  }

  /** Passkeys belong to names. On this very machine the name is known. */
  sendToName() {
    const place = /** @type {HTMLElement|null} */ (document.querySelector("[data-nameless]"));
    const link = /** @type {HTMLAnchorElement|null} */ (document.querySelector("[data-by-name]"));
    if (!place || !link) return;
    place.hidden = false;
    link.hostname = "localhost";
  }

  /** @param {SubmitEvent} event */
  async ask(event) {
    event.preventDefault();
    const form = this.find("form");
    const button = this.find("button");
    button.disabled = true;
    this.find("[data-why]").textContent = "";
    try {
      const credential = await this.credential(form);
      form.elements.namedItem("credential").value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      this.find("[data-why]").textContent = /** @type {Error} */ (error).name === "InvalidStateError" ? KNOWN_ALREADY : REFUSED;
      button.disabled = false;
    }
  }

  /** @param {HTMLFormElement} form @returns {Promise<PublicKeyCredential>} */
  async credential(form) {
    const wanted = (await this.options()).publicKey;
    const make = this.dataset.do === "make";
    if (make) secureMore(wanted.authenticatorSelection, form);
    const found = make
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted), signal: this.signal })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wanted), signal: this.signal });
    return /** @type {PublicKeyCredential} */ (found);
  }

  async options() {
    const address = this.dataset.options;
    if (!address) return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "");
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: this.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json()).request_options;
  }
}

/** One that is enough alone has to know its owner. @param {any} selection @param {HTMLFormElement} form */
function secureMore(selection, form) {
  const alone = /** @type {HTMLInputElement|null} */ (form.elements.namedItem("passwordless"))?.checked;
  if (!alone) return;
  selection.residentKey = "required";
  selection.requireResidentKey = true;
  selection.userVerification = "required";
}
