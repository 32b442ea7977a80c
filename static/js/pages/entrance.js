// @ts-check
import { define } from "echoes/element";
import { PassKey } from "echoes/pass-key";

// The pages at the door, and those that ask again who somebody is.
define({
  "pass-key": PassKey,
});
