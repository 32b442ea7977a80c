// @ts-check
/** Questions to the server that are asked again when the network fails, and not when the answer is no. */
import { csrf, wait } from "echoes/element";
import { gettext } from "echoes/words";

const TRIES = 6;
const LATER = gettext("The network gave up on this file.");
const SIGNED_OUT = gettext("You are signed out. Sign in again in another tab, then go on here.");
const STALE = gettext("This page is too old to go on. Please reload it.");

/** The server said no, with a code and a sentence. Asking again would not help. */
export class Refused extends Error {
  /** @param {string} message @param {string} [code] */
  constructor(message, code = "") {
    super(message);
    this.code = code;
  }
}

/** It did not work for now, with a sentence; nothing is lost, and it can go on later. */
export class Stopped extends Error {}

/** @param {string} url @param {AbortSignal} signal @param {{method?: string, body?: object}} [options] @returns {Promise<any>} */
export async function ask(url, signal, { method = "POST", body } = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal });
  if (response.redirected) throw new Stopped(SIGNED_OUT);
  if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
  if (response.status === 204) return {};
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer) return answer;
  throw answer?.error ? new Refused(answer.error.message, answer.error.code) : new Stopped(STALE);
}

/** Do it until it works, up to a point. @template T @param {() => Promise<T>} work @param {AbortSignal} signal @param {() => void} onRetry @returns {Promise<T>} */
export async function stubbornly(work, signal, onRetry) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused || error instanceof Stopped || signal.aborted) throw error;
      if (attempt === TRIES) throw new Stopped(LATER);
      onRetry();
      await pause(attempt, signal);
    }
  }
}

/** Longer each time, a little by chance, and at once when the network is back. @param {number} attempt @param {AbortSignal} signal */
function pause(attempt, signal) {
  const online = new Promise((resolve) => addEventListener("online", resolve, { once: true, signal }));
  return Promise.race([wait(1_000 * 2 ** (attempt - 1) * (0.75 + Math.random() / 2), signal), online]);
}
