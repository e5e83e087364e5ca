// The limits of the phrasebook in an isolate: what it keeps, how long a request may wait for it, how often it looks at
// D1 by itself.

/** Parsed languages kept in an isolate. A language is about 200 KB parsed, and a traveller needs two or three. */
export const PHRASEBOOK_LANGUAGES_KEPT = 32;

/** Longest text in the phrasebook, in UTF-16 units: a longer one is not even folded. The seed's build enforces it. */
export const PHRASEBOOK_TEXT_UNITS = 200;

/** How long a request waits for a language's first read: the tiers behind the phrasebook answer as well. */
export const PHRASEBOOK_WAIT_MS = 500;

/** After a failed or hung read nobody waits, and nothing is read, for so long: D1 is left to recover. */
export const PHRASEBOOK_BACKOFF_MS = 10_000;

/** A running isolate notices a new seed after so long at most. */
export const PHRASEBOOK_VERSION_CHECK_MS = 600_000;
