// @ts-check
import { csrf, EchoesElement } from "echoes/element";

const KEY = "echoes:told";
const REMEMBERED = 100;
const AT_ONCE = 3;

/**
 * The bell in the header. What is new comes along as templates: each is told once in this browser, by
 * whichever page somebody looks at first, and not on the page that shows the thing itself.
 */
export class NoticeBell extends EchoesElement {
  connected() {
    this.tell();
    this.on("visibilitychange", () => this.tell(), document);
  }

  tell() {
    if (document.hidden) return;
    const told = read();
    const seen = this.here();
    const shown = [...this.querySelectorAll("template[data-fresh]")].filter((notice) => !told.includes(idOf(notice)) && !seen.includes(notice));
    for (const notice of shown.slice(0, AT_ONCE)) {
      document.getElementById("toasts")?.append(document.importNode(/** @type {HTMLTemplateElement} */ (notice).content, true));
    }
    if (!shown.length && !seen.length) return;
    write([...told, ...shown.map(idOf)]);
    this.report(shown, seen);
  }

  /** What this very page shows. */
  here() {
    return [...this.querySelectorAll("template[data-path]")].filter((notice) => notice.getAttribute("data-path") === location.pathname);
  }

  /** So that nobody gets a mail of it, and the count goes down. @param {Element[]} shown @param {Element[]} seen */
  report(shown, seen) {
    const body = new URLSearchParams({ shown: shown.map(idOf).join(" "), seen: seen.map(idOf).join(" ") });
    const url = this.dataset.told ?? "";
    // It outlives the page, and that it did not come through harms nobody: then there is a mail as well.
    fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf() }, body, keepalive: true }).catch(() => undefined);
  }
}

/** @param {Element} notice */
function idOf(notice) {
  return notice.getAttribute("data-notice") ?? "";
}

/** @returns {string[]} */
function read() {
  try {
    return (localStorage.getItem(KEY) ?? "").split(" ");
  } catch {
    return []; // a browser that keeps nothing
  }
}

/** @param {string[]} ids */
function write(ids) {
  try {
    localStorage.setItem(KEY, ids.slice(-REMEMBERED).join(" "));
  } catch {
    // It is told again then.
  }
}
