// @ts-check
import { AutoSave } from "echoes/auto-save";
import { ClipVideo } from "echoes/clip-video";
import { FilmGlance } from "echoes/film-glance";
import { FilmPreview } from "echoes/film-preview";
import { FilmStrip } from "echoes/film-strip";
import { FocusPoint } from "echoes/focus-point";
import { LiveStatus } from "echoes/live-status";
import { MotionBudget } from "echoes/motion-budget";
import { MotionChoice } from "echoes/motion-choice";
import { MovingPicture } from "echoes/moving-picture";
import * as page from "echoes/page";
import { PassKey } from "echoes/pass-key";
import { PhotoDrop } from "echoes/photo-drop";
import { SortGrid } from "echoes/sort-grid";
import * as swaps from "echoes/swaps";
import { ThemeSwitch } from "echoes/theme-switch";
import { TrackShelf } from "echoes/track-shelf";
import { UndoToast } from "echoes/undo-toast";

swaps.install();
page.install();

customElements.define("auto-save", AutoSave);
customElements.define("clip-video", ClipVideo);
customElements.define("film-glance", FilmGlance);
customElements.define("film-preview", FilmPreview);
customElements.define("film-strip", FilmStrip);
customElements.define("focus-point", FocusPoint);
customElements.define("live-status", LiveStatus);
customElements.define("motion-budget", MotionBudget);
customElements.define("motion-choice", MotionChoice);
customElements.define("moving-picture", MovingPicture);
customElements.define("pass-key", PassKey);
customElements.define("photo-drop", PhotoDrop);
customElements.define("sort-grid", SortGrid);
customElements.define("theme-switch", ThemeSwitch);
customElements.define("track-shelf", TrackShelf);
customElements.define("undo-toast", UndoToast);
