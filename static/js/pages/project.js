// @ts-check
import { define } from "echoes/element";
import { ClipChoice } from "echoes/clip-choice";
import { ClipFold } from "echoes/clip-fold";
import { ClipTrim } from "echoes/clip-trim";
import { ClipVideo } from "echoes/clip-video";
import { MotionBudget } from "echoes/motion-budget";
import { MotionChoice } from "echoes/motion-choice";
import { MovingPicture } from "echoes/moving-picture";
import { PhotoDrop } from "echoes/photo-drop";
import { SortGrid } from "echoes/sort-grid";
import { TakeCompare } from "echoes/take-compare";
import { UsualTime } from "echoes/usual-time";

// The page of a project, with what comes onto it later: sheets, takes, rings.
define({
  "clip-choice": ClipChoice,
  "clip-fold": ClipFold,
  "clip-trim": ClipTrim,
  "clip-video": ClipVideo,
  "motion-budget": MotionBudget,
  "motion-choice": MotionChoice,
  "moving-picture": MovingPicture,
  "photo-drop": PhotoDrop,
  "sort-grid": SortGrid,
  "take-compare": TakeCompare,
  "usual-time": UsualTime,
});
