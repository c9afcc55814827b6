// Staff pages. Everything here is an extra: each page works without it.
import htmx from "htmx.org";
import { revealPasskeys } from "./islands/passkeys";
import { guardSubmits } from "./islands/submit-guard";

htmx.config.history = "reload";
htmx.config.includeIndicatorCSS = false;

guardSubmits();
revealPasskeys();
