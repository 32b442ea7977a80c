// @ts-check
/** One file on its way: a ticket from the server, the bytes straight to storage, a word that they are there. */
import { ask, Refused, stubbornly } from "echoes/asking";
import { sendParts, sendWhole } from "echoes/parts";
import { gettext } from "echoes/words";

// A form works for ten minutes.
const FRESH = 9 * 60_000;
const ROUNDS = 3;
const OVER = new Set(["not_found", "ended"]);

/** @typedef {import("echoes/parts").Ticket} Ticket */
/** @typedef {{url: string, kind: string, ticket?: Ticket, signal: AbortSignal, onTicket: (ticket: Ticket) => void, onProgress: (bytes: number) => void, onRetry: () => void}} Options */

/** @type {WeakMap<Ticket, number>} when each was given */
const given = new WeakMap();

/**
 * Send a file, or with a ticket go on sending it; no file is needed where all of it has arrived. Throws Refused,
 * and Stopped when it can go on later.
 * @param {File | null} file @param {Options} options @returns {Promise<Ticket>}
 */
export async function send(file, options) {
  let ticket = options.ticket;
  for (let round = 1; ; round++) {
    ticket = await sendBytes(file, ticket, options);
    try {
      // It may be said twice: a lost answer makes no second clip.
      const { complete } = ticket;
      await stubbornly(() => ask(complete, options.signal), options.signal, options.onRetry);
      return ticket;
    } catch (error) {
      const isSentAgain = error instanceof Refused && error.code === "not_arrived" && file && round < ROUNDS;
      if (!isSentAgain) throw error;
    }
  }
}

/** What became of it. @param {string} url @param {AbortSignal} signal */
export function status(url, signal) {
  return ask(url, signal, { method: "GET" });
}

/** It will not come. If this cannot be said now, the server notices by itself. @param {Ticket} ticket */
export function giveUp(ticket) {
  ask(ticket.status, AbortSignal.timeout(30_000), { method: "DELETE" }).catch(() => undefined);
}

/** @param {File | null} file @param {Ticket | undefined} ticket @param {Options} options @returns {Promise<Ticket>} the one that it came by */
async function sendBytes(file, ticket, options) {
  const { signal, onRetry } = options;
  const progress = ticket?.parts ? await ofParts(ticket, options) : undefined;
  if (ticket && progress && progress.state !== "uploading") return ticket;
  if (ticket?.parts && !progress) ticket = undefined;
  if (ticket && !file) return ticket;
  if (!file) throw new Refused(gettext("This upload has ended. Please send the file again."));
  let usable = ticket ?? (await begin(file, options));
  if (usable.parts) await sendParts(file, usable, progress?.parts.arrived ?? [], options);
  else {
    await stubbornly(async () => {
      if (Date.now() - (given.get(usable) ?? 0) > FRESH) usable = await renewed(file, usable, options);
      await sendWhole(file, usable, options).catch((error) => {
        if (error.message === "storage 403") given.delete(usable); // it is older than we thought
        throw error;
      });
    }, signal, onRetry);
  }
  return usable;
}

/** How far an upload in parts has come; nothing when it has ended. @param {Ticket} ticket @param {Options} options */
async function ofParts(ticket, { signal, onRetry }) {
  try {
    return await stubbornly(() => status(ticket.status, signal), signal, onRetry);
  } catch (error) {
    if (error instanceof Refused && OVER.has(error.code)) return undefined;
    throw error;
  }
}

/** @param {File} file @param {Ticket} old @param {Options} options */
function renewed(file, old, options) {
  giveUp(old);
  return begin(file, options);
}

/** @param {File} file @param {Options} options @returns {Promise<Ticket>} */
async function begin(file, { url, kind, signal, onTicket, onRetry }) {
  const body = { name: file.name || "photo", size: file.size, type: file.type, kind };
  const asked = () => {
    signal.throwIfAborted();
    // Once it is asked for it is waited for, so that it can be given up.
    return ask(url, new AbortController().signal, { body });
  };
  const ticket = await stubbornly(() => inTurn(asked), signal, onRetry);
  given.set(ticket, Date.now());
  onTicket(ticket);
  signal.throwIfAborted();
  return ticket;
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
