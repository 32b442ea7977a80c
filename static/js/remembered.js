// @ts-check
/** Large uploads that are not complete, so that after a reload the same file goes on where it stopped. */

const KEY = "echoes:uploads";
const LOCK = "echoes:upload:";

/** @typedef {import("echoes/parts").Ticket} Ticket */
/** @typedef {{url: string, kind: string, name: string, size: number, lastModified: number, ticket: Ticket}} Kept */

/** Those that were begun at this place of this site. @param {string} url @returns {Kept[]} */
export function begunAt(url) {
  return read().filter((kept) => kept.url === url);
}

/** @param {Kept} kept @param {File} file */
export function isOf(kept, file) {
  return kept.name === file.name && kept.size === file.size && kept.lastModified === file.lastModified;
}

/** @param {File} file @param {{url: string, kind: string, ticket: Ticket}} told */
export function keep({ name, size, lastModified }, told) {
  write([...without(told.ticket), { ...told, name, size, lastModified }]);
}

/** @param {Ticket} ticket */
export function forget(ticket) {
  write(without(ticket));
}

/** Tell other tabs that this one has it, until it is over. @param {Ticket} ticket @param {Promise<unknown>} over */
export function hold(ticket, over) {
  navigator.locks?.request(LOCK + ticket.id, { ifAvailable: true }, () => over).catch(() => undefined);
}

/** The ids of those that another tab has. @returns {Promise<Set<string>>} */
export async function held() {
  const { held: locks = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(locks.map((lock) => (lock.name ?? "").replace(LOCK, "")));
}

/** @param {Ticket} ticket */
function without(ticket) {
  return read().filter((kept) => kept.ticket.id !== ticket.id);
}

/** @returns {Kept[]} */
function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((kept) => kept?.ticket?.parts) : [];
  } catch {
    return []; // a browser that keeps nothing, or something that is not ours
  }
}

/** @param {Kept[]} all */
function write(all) {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // It is not remembered then.
  }
}
