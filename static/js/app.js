// @ts-check
import { LiveStatus } from "echoes/live-status";
import { NoticeBell } from "echoes/notice-bell";
import * as page from "echoes/page";
import * as swaps from "echoes/swaps";
import { ThemeSwitch } from "echoes/theme-switch";
import { UndoToast } from "echoes/undo-toast";
import { WorkTray } from "echoes/work-tray";

/** What only some pages have is fetched by those that have it: from most, half of all script stays away.
 * @type {Record<string, () => Promise<CustomElementConstructor>>} */
const SOMEWHERE = {
  "auto-save": async () => (await import("echoes/auto-save")).AutoSave,
  "clip-choice": async () => (await import("echoes/clip-choice")).ClipChoice,
  "clip-fold": async () => (await import("echoes/clip-fold")).ClipFold,
  "clip-video": async () => (await import("echoes/clip-video")).ClipVideo,
  "film-glance": async () => (await import("echoes/film-glance")).FilmGlance,
  "film-preview": async () => (await import("echoes/film-preview")).FilmPreview,
  "film-strip": async () => (await import("echoes/film-strip")).FilmStrip,
  "focus-point": async () => (await import("echoes/focus-point")).FocusPoint,
  "motion-budget": async () => (await import("echoes/motion-budget")).MotionBudget,
  "motion-choice": async () => (await import("echoes/motion-choice")).MotionChoice,
  "moving-picture": async () => (await import("echoes/moving-picture")).MovingPicture,
  "pass-key": async () => (await import("echoes/pass-key")).PassKey,
  "photo-drop": async () => (await import("echoes/photo-drop")).PhotoDrop,
  "poster-choice": async () => (await import("echoes/poster-choice")).PosterChoice,
  "sort-grid": async () => (await import("echoes/sort-grid")).SortGrid,
  "track-shelf": async () => (await import("echoes/track-shelf")).TrackShelf,
};

swaps.install();
page.install();

customElements.define("live-status", LiveStatus);
customElements.define("notice-bell", NoticeBell);
customElements.define("theme-switch", ThemeSwitch);
customElements.define("undo-toast", UndoToast);
customElements.define("work-tray", WorkTray);

/** Define what is on the page now and was not before. */
function define() {
  for (const [tag, load] of Object.entries(SOMEWHERE)) {
    if (!document.querySelector(tag)) continue;
    delete SOMEWHERE[tag];
    load().then((element) => customElements.define(tag, element));
  }
}

define();
document.addEventListener("htmx:afterSwap", define);
