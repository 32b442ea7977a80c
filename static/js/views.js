// @ts-check
// A script and no module: a change of view begins before modules run. It ends at once when the window is made larger
// or smaller, or somebody goes on. Then the page is there, and nobody waits for these promises.
for (const turn of ["pageswap", "pagereveal"]) {
  addEventListener(turn, (/** @type {any} */ event) => {
    event.viewTransition?.ready.catch(() => {});
    event.viewTransition?.finished.catch(() => {});
  });
}
