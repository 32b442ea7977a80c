// @ts-check
import { define } from "echoes/element";
import { LiveStatus } from "echoes/live-status";
import { NoticeBell } from "echoes/notice-bell";
import * as page from "echoes/page";
import * as swaps from "echoes/swaps";
import { ThemeSwitch } from "echoes/theme-switch";
import { UndoToast } from "echoes/undo-toast";
import { WorkTray } from "echoes/work-tray";

swaps.install();
page.install();

// What every page has; what only some have is in pages/, which those begin by themselves.
define({
  "live-status": LiveStatus,
  "notice-bell": NoticeBell,
  "theme-switch": ThemeSwitch,
  "undo-toast": UndoToast,
  "work-tray": WorkTray,
});
