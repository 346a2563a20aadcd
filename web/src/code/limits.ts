/** What the visitor's code may take of the page, each with its unit. */

/** Milliseconds between two questions whether the code is alive. */
export const HEARTBEAT_MS = 500;
/** Questions without an answer after which the code is stopped: two seconds' worth. */
export const UNANSWERED_MAX = 4;
/** Milliseconds the code may take to start. */
export const START_MS_MAX = 10_000;
/** Messages that the code may send to the page within a second. */
export const MESSAGES_PER_SECOND_MAX = 1_000;
/** Bytes that a scenario file may have, as the engine counts. */
export const FILE_BYTES_MAX = 1_024 * 1_024;
/** Bytes of the scenario as it is written, above which the code may send no more: the rest of its
    file is for closing connections, and for what the visitor still does. */
export const WRITTEN_BYTES_MAX = FILE_BYTES_MAX - 32 * 1_024;
/** Bytes that a command takes in a file at most besides what it says: its time and place. */
export const COMMAND_OVERHEAD_BYTES = 64;
/** Commands that a scenario may have, as the engine counts. */
export const ENGINE_COMMANDS_MAX = 10_000;
/** Commands of the scenario above which the code may send no more, for the same reasons. */
export const COMMANDS_MAX = 9_900;
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
