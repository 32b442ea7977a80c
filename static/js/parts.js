// @ts-check
/** The bytes of a file on their way to storage: as a whole, or in parts of which storage says what has arrived. */
import { ask, Refused, stubbornly } from "echoes/asking";
import { gettext } from "echoes/words";

// A browser has six connections to a server; the others are for the page.
const LANES = 3;
const LINKS = 12;

/** @typedef {{count: number, bytes: number, links: string}} Parts */
/** @typedef {{id: string, complete: string, status: string, upload: {method: string, url: string, fields: Record<string, string>} | null, parts: Parts | null}} Ticket */
/** @typedef {{signal: AbortSignal, onProgress: (bytes: number) => void, onRetry: () => void}} Way */

/** @param {File} file @param {Ticket} ticket @param {Way} way */
export function sendWhole(file, { upload }, { signal, onProgress }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload?.fields ?? {})) form.append(name, value);
  form.append("file", file);
  return inLane(signal, () => transfer(upload?.method ?? "", upload?.url ?? "", form, signal, (loaded) => onProgress(Math.min(loaded, file.size))));
}

/** Send what is not there yet, three parts at a time. @param {File} file @param {Ticket} ticket @param {number[]} arrived @param {Way} way */
export async function sendParts(file, ticket, arrived, { signal, onProgress, onRetry }) {
  const parts = /** @type {Parts} */ (ticket.parts);
  const known = new Set(arrived);
  const missing = Array.from({ length: parts.count }, (_, index) => index + 1).filter((number) => !known.has(number));
  const moving = new Moving(parts, file.size, arrived, onProgress);
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(), { once: true, signal: stop.signal });
  const links = new Links(parts.links, [...missing], stop.signal);
  const work = async () => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      const number = next;
      await stubbornly(() => inLane(stop.signal, () => sendPart(file, number, parts, links, moving, stop.signal)), stop.signal, onRetry);
    }
  };
  try {
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: LANES }, work));
  } finally {
    stop.abort(); // one that gave up takes the others along
  }
}

/** @param {File} file @param {number} number @param {Parts} parts @param {Links} links @param {Moving} moving @param {AbortSignal} signal */
async function sendPart(file, number, parts, links, moving, signal) {
  const blob = file.slice((number - 1) * parts.bytes, number * parts.bytes);
  try {
    await transfer("PUT", await links.to(number), blob, signal, (loaded) => moving.at(number, Math.min(loaded, blob.size)));
    moving.arrived(number, blob.size);
  } catch (error) {
    links.forget(number); // it may have expired
    moving.at(number, 0);
    throw error;
  }
}

/** How much of a file is there, with what is on its way. */
class Moving {
  /** @type {Map<number, number>} */
  #moving = new Map();

  /** @param {Parts} parts @param {number} size @param {number[]} arrived @param {(bytes: number) => void} tell */
  constructor(parts, size, arrived, tell) {
    this.tell = tell;
    this.there = arrived.length * parts.bytes;
    if (arrived.includes(parts.count)) this.there += size - parts.count * parts.bytes;
    tell(this.there);
  }

  /** @param {number} number @param {number} bytes */
  at(number, bytes) {
    this.#moving.set(number, bytes);
    this.tell([...this.#moving.values()].reduce((sum, some) => sum + some, this.there));
  }

  /** @param {number} number @param {number} bytes */
  arrived(number, bytes) {
    this.there += bytes;
    this.at(number, 0);
  }
}

/** Links for parts, asked for some at a time: they last for an hour. */
class Links {
  /** @type {Map<number, string>} */
  #known = new Map();
  /** @type {Promise<unknown>} */
  #asking = Promise.resolve();

  /** @param {string} url @param {number[]} missing those that will be wanted, in order @param {AbortSignal} signal */
  constructor(url, missing, signal) {
    this.url = url;
    this.missing = missing;
    this.signal = signal;
  }

  /** @param {number} number @returns {Promise<string>} */
  async to(number) {
    const turn = this.#asking.then(() => this.#known.has(number) || this.#ask(number));
    this.#asking = turn.catch(() => undefined);
    await turn;
    return this.#known.get(number) ?? "";
  }

  /** @param {number} number */
  forget(number) {
    this.#known.delete(number);
  }

  /** @param {number} number */
  async #ask(number) {
    const numbers = this.missing.filter((other) => other >= number && !this.#known.has(other)).slice(0, LINKS);
    const { links } = await ask(this.url, this.signal, { body: { numbers } });
    for (const [found, link] of Object.entries(links)) this.#known.set(Number(found), link);
  }
}

let free = LANES;
/** @type {(() => void)[]} */
const waiting = [];

/** No more than three at a time, of all files. @template T @param {AbortSignal} signal @param {() => Promise<T>} work @returns {Promise<T>} */
async function inLane(signal, work) {
  if (free) free--;
  else await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/** fetch cannot report how much has been sent. @param {string} method @param {string} url @param {Blob | FormData} body @param {AbortSignal} signal @param {(bytes: number) => void} onLoaded @returns {Promise<void>} */
function transfer(method, url, body, signal, onLoaded) {
  const request = new XMLHttpRequest();
  const stop = () => request.abort();
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => onLoaded(event.loaded);
    request.onload = () => (request.status < 300 ? resolve() : reject(storageError(request)));
    request.onerror = request.ontimeout = request.onabort = () => reject(new Error("network"));
    request.open(method, url);
    request.send(body);
  }).finally(() => signal.removeEventListener("abort", stop));
}

/** @param {XMLHttpRequest} request */
function storageError(request) {
  if (request.status === 413 || request.responseText.includes("EntityTooLarge")) return new Refused(gettext("This file is too large."));
  return new Error(`storage ${request.status}`);
}
