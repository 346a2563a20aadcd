/** What the visitor's code may take of the page, each with its unit. */

/** Milliseconds between two questions whether the code is alive. */
export const HEARTBEAT_MS = 500;
/** Questions without an answer after which the code is stopped: two seconds' worth. */
export const UNANSWERED_MAX = 4;
/** Milliseconds the code may take to start. */
export const START_MS_MAX = 10_000;
/** Messages that the code may send to the page within a second. */
export const MESSAGES_PER_SECOND_MAX = 1_000;
/** Bytes that the code may send to the broker in one run: what a scenario file has room for. */
export const SENT_BYTES_MAX = 256 * 1_024;
/** Bytes of one command of the scenario, below the 64 KiB the engine allows. */
export const COMMAND_BYTES_MAX = 48 * 1_024;
/** Network connections that the code may hold. */
export const STREAMS_MAX = 32;
/** Lines of the console that are kept; older ones are let go. */
export const LINES_MAX = 500;
/** Characters of a line of the console. */
export const LINE_CHARACTERS_MAX = 2_000;
/** Characters of the code. */
export const CODE_CHARACTERS_MAX = 100_000;
