// @ts-check
import { csrf } from "echoes/element";
import { isLive } from "echoes/live";
import { gettext } from "echoes/words";

/** What every page does that is not an element's own affair. Lives as long as the page. */
export function install() {
  document.addEventListener("htmx:configRequest", sendCsrf);
  document.addEventListener("htmx:afterSwap", openSheet);
  document.addEventListener("htmx:sendError", tellOffline);
  document.addEventListener("htmx:responseError", tellBroken);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", closeMenus);
}

/** @param {any} event */
function sendCsrf(event) {
  event.detail.headers["X-CSRFToken"] = csrf();
}

/** @param {any} event */
function openSheet(event) {
  const sheet = event.detail.target;
  if (sheet instanceof HTMLDialogElement && !sheet.open) sheet.showModal();
}

/** What the page fetches by itself fails without a word: the sign at the top says how things stand. @param {any} event */
function tellOffline(event) {
  if (isLive(event.detail)) return;
  const toast = tell(gettext("The network does not answer. Nothing was changed; please try again."));
  addEventListener("online", () => toast.remove(), { once: true });
}

/** @param {any} event */
function tellBroken(event) {
  if (isLive(event.detail)) return;
  const status = event.detail.xhr.status;
  if (event.detail.xhr.getResponseHeader("HX-Retarget")) return;
  if (status === 404) tell(gettext("This is not there any more. Reload the page to see what is."));
  else if (status !== 422) tell(gettext("That did not work. Nothing was changed; please try again."));
}

/** The same is said once. @param {string} sentence */
export function tell(sentence) {
  const toasts = document.getElementById("toasts");
  const toast = document.createElement("undo-toast");
  const words = document.createElement("p");
  const close = document.createElement("button");
  words.textContent = sentence;
  toast.className = "toast";
  toast.dataset.level = "error";
  close.className = "icon-button";
  close.type = "button";
  close.dataset.close = "";
  close.setAttribute("aria-label", gettext("Close this message"));
  close.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-close"></use></svg>';
  toast.append(words, close);
  for (const other of toasts?.children ?? []) if (other.querySelector("p")?.textContent === sentence) other.remove();
  toasts?.append(toast);
  return toast;
}

/** @param {MouseEvent} event */
function onClick(event) {
  const target = /** @type {Element} */ (event.target);
  const idea = /** @type {HTMLElement|null} */ (target.closest("[data-suggest]"));
  if (idea) suggest(idea);
  const sheet = target.closest("dialog");
  if (sheet && (target === sheet || target.closest("[data-close-sheet]"))) sheet.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.removeAttribute("open");
  }
}

/** @param {HTMLElement} idea */
function suggest(idea) {
  const field = idea.closest("form")?.querySelector("textarea");
  if (field) field.value = idea.dataset.suggest ?? "";
  field?.focus();
}

/** @param {KeyboardEvent} event */
function closeMenus(event) {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
}
