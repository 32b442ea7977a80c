// @ts-check
import { define } from "echoes/element";
import { MovingPicture } from "echoes/moving-picture";

// The dashboard.
define({
  "moving-picture": MovingPicture,
});
