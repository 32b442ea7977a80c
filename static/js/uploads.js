// @ts-check
/** One file on its way: a ticket from the server, the bytes straight to storage, a word that they are there. */
import { csrf, wait } from "echoes/element";

const TRIES = 6;

/** The server said no, with a sentence. Asking again would not help. */
export class Refused extends Error {}

/** @typedef {{id: string, complete: string, status: string, upload: {method: string, url: string, fields: Record<string, string>}}} Ticket */

/**
 * @param {File} file
 * @param {{url: string, kind: string, signal: AbortSignal, onProgress: (percent: number) => void, onRetry: () => void}} options
 * @returns {Promise<Ticket>}
 */
export async function send(file, { url, kind, signal, onProgress, onRetry }) {
  const facts = { name: file.name || "photo", size: file.size, type: file.type, kind };
  /** @type {Ticket | undefined} */
  let ticket;
  let sent = false;
  for (let attempt = 1; ; attempt++) {
    try {
      ticket ??= /** @type {Ticket} */ (await inTurn(() => ask(url, signal, facts)));
      if (!sent) await put(file, ticket.upload, signal, onProgress);
      sent = true;
      await ask(ticket.complete, signal); // may be said twice: a lost answer makes no second clip
      return ticket;
    } catch (error) {
      if (error instanceof Refused || signal.aborted || attempt === TRIES) throw error;
      if (!sent) ticket = undefined; // it may have expired meanwhile
      onRetry();
      await pause(attempt, signal);
    }
  }
}

/** @type {Promise<unknown>} */
let line = Promise.resolve();

/** Tickets are asked for one after the other, because their order is the order of photos that tell no time.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function inTurn(work) {
  const turn = line.then(work, work);
  line = turn.catch(() => undefined);
  return turn;
}

/** What became of it. @param {string} url @param {AbortSignal} signal */
export async function status(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/** @param {string} url @param {AbortSignal} signal @param {object} [body] */
async function ask(url, signal, body = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
  throw new Refused(answer.error?.message ?? "This file was not accepted. Reload the page and try once more.");
}

/** fetch cannot report how much has been sent. @param {File} file @param {Ticket["upload"]} upload @param {AbortSignal} signal @param {(percent: number) => void} onProgress */
function put(file, upload, signal, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file);
  const request = new XMLHttpRequest();
  const stop = () => request.abort();
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(Math.floor((event.loaded / event.total) * 100));
    request.onload = () => (request.status < 300 ? resolve(undefined) : reject(storageError(request)));
    request.onerror = request.ontimeout = request.onabort = () => reject(new Error("network"));
    request.open(upload.method, upload.url);
    request.send(form);
  }).finally(() => signal.removeEventListener("abort", stop));
}

/** @param {XMLHttpRequest} request */
function storageError(request) {
  if (request.status === 413 || request.responseText.includes("EntityTooLarge")) return new Refused("This file is too large.");
  return new Error(`storage ${request.status}`);
}

/** Longer each time, a little by chance, and at once when the network is back. @param {number} attempt @param {AbortSignal} signal */
function pause(attempt, signal) {
  const online = new Promise((resolve) => addEventListener("online", resolve, { once: true, signal }));
  return Promise.race([wait(1_000 * 2 ** (attempt - 1) * (0.75 + Math.random() / 2), signal), online]);
}
