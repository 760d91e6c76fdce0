// Where the scripts begin. What belongs to the player is made once and lives as long as the tab; what belongs to a
// page is made again for each page that Turbo brings.
import { config } from "@hotwired/turbo";
import { Player } from "./player/player.js";
import { startMediaSession } from "./player/media-session.js";
import { Bar } from "./ui/bar.js";
import { startLibrary } from "./ui/library.js";
import { startKeys } from "./ui/keys.js";
import { startPanels } from "./ui/panels.js";
import { startPage } from "./ui/page.js";
import { startSharing } from "./ui/share.js";
import { startLeaving } from "./ui/leave.js";
import { startUploads } from "./ui/upload.js";
import { startEditing } from "./ui/edit.js";
import { startChoosing } from "./ui/recordings.js";
import { startLifecycle } from "./ui/lifecycle.js";
import { startArtwork } from "./ui/artwork.js";
import { startLyrics } from "./ui/lyrics.js";

// Longer than any visit takes: the page itself says that it is coming (html[aria-busy]), without Turbo's own styles.
config.drive.progressBarDelay = 2 ** 31 - 1;

const player = new Player();
const bar = new Bar(player);
startPanels(player, bar);
startMediaSession(player);
startKeys(player);
startSharing(player, bar);
startEditing();
startChoosing();
startLifecycle();
startArtwork();
startLyrics(player);
startPage(player);
startUploads();
startLeaving(player);
startLibrary();
player.restore();
