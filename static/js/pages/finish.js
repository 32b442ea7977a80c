// @ts-check
import { define } from "echoes/element";
import { AutoSave } from "echoes/auto-save";
import { FilmPreview } from "echoes/film-preview";
import { FilmStrip } from "echoes/film-strip";
import { FocusPoint } from "echoes/focus-point";
import { MovingPicture } from "echoes/moving-picture";
import { PhotoDrop } from "echoes/photo-drop";
import { TrackShelf } from "echoes/track-shelf";

// The finish page, and that of a clip in its film.
define({
  "auto-save": AutoSave,
  "film-preview": FilmPreview,
  "film-strip": FilmStrip,
  "focus-point": FocusPoint,
  "moving-picture": MovingPicture,
  "photo-drop": PhotoDrop,
  "track-shelf": TrackShelf,
});
