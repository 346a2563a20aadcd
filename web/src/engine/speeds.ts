/** How many virtual seconds the clock can pass in a real one. */
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 300, 1000] as const;
