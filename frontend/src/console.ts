// Staff pages. Everything here is an extra: each page works without it.
import htmx from "htmx.org";
import { revealPasskeys } from "./islands/passkeys";
import { guardSubmits } from "./islands/submit-guard";
import { showUploadProgress } from "./islands/upload-progress";

htmx.config.history = "reload";
htmx.config.includeIndicatorCSS = false;

showUploadProgress();
guardSubmits();
revealPasskeys();
