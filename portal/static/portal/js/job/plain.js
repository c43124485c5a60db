// A page that asks something of a job, opened by itself: its times, and what it copies.

import { offerCopies } from "./copying.js";
import { showTimes } from "./times.js";

showTimes(document);
offerCopies(document);
