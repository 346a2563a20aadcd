/** What the player does at most before it lets the page draw, and what it keeps. */

/** Steps of the engine in one frame at most; what is left waits for the next. */
export const STEPS_PER_FRAME_MAX = 2_000;
/** Steps of the engine in one call that a person waits for. */
export const STEPS_PER_CALL_MAX = 200_000;
/** The longest that passes between two frames, in real milliseconds: a hidden tab skips no time. */
export const FRAME_MS_MAX = 100;
/** How long the page stands still between two steps for who wants no motion, in real ms. */
export const STILL_STEP_MS = 250;
/** What a frame may spend on a jump, in real milliseconds. */
export const JUMP_FRAME_MS = 10;
/** Left histories that are kept when another one is opened; the oldest makes room. */
export const KEPT_BRANCHES_MAX = 16;
