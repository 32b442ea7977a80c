// @ts-check
import { csrf } from "echoes/element";
import { isLive } from "echoes/live";
import { gettext } from "echoes/words";

const LONG = 20_000;
/** What was pressed to leave this page, and the clock that gives it up. @type {{element: Element, clock: number}|undefined} */
let going;

/** What every page does that is not an element's own affair. Lives as long as the page. */
export function install() {
  document.addEventListener("htmx:configRequest", sendCsrf);
  document.addEventListener("htmx:afterSwap", openSheet);
  document.addEventListener("htmx:sendError", tellOffline);
  document.addEventListener("htmx:responseError", tellBroken);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", closeMenus);
  // Last, so that whoever keeps people on the page has said so.
  window.addEventListener("click", onLeaving);
  window.addEventListener("submit", onLeaving);
  window.addEventListener("pageshow", stay);
}

/** What was pressed is busy until the next page is there, and a line at the top says so. @param {Event} event */
function onLeaving(event) {
  const pressed = event instanceof SubmitEvent ? sender(event) : link(/** @type {MouseEvent} */ (event));
  if (!pressed || event.defaultPrevented) return;
  stay();
  pressed.setAttribute("aria-busy", "true");
  document.documentElement.dataset.going = "";
  // It was no page after all, but a file, or was stopped.
  going = { element: pressed, clock: window.setTimeout(stay, LONG) };
}

function stay() {
  clearTimeout(going?.clock);
  going?.element.removeAttribute("aria-busy");
  going = undefined;
  delete document.documentElement.dataset.going;
}

/** What sends a form to where this page is left for. @param {SubmitEvent} event */
function sender(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const pressed = event.submitter ?? form;
  const target = pressed.getAttribute("formtarget") ?? form.getAttribute("target") ?? "_self";
  return form.getAttribute("method") === "dialog" || target !== "_self" ? null : pressed;
}

/** The link that leads away from this page in this window, if that was pressed. @param {MouseEvent} event */
function link(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const found = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(found instanceof HTMLAnchorElement) || found.hasAttribute("download")) return null;
  const isElsewhere = found.target && found.target !== "_self";
  const isHere = found.hash && found.href.split("#")[0] === location.href.split("#")[0];
  return isElsewhere || isHere || !found.protocol.startsWith("http") ? null : found;
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
