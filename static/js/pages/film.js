// @ts-check
import { define } from "echoes/element";
import { FilmGlance } from "echoes/film-glance";
import { PosterChoice } from "echoes/poster-choice";

// The page of a film.
define({
  "film-glance": FilmGlance,
  "poster-choice": PosterChoice,
});
