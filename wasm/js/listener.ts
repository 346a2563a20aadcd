// Calling what a program gave us to call.

/** Calls a listener; what it throws is not ours to handle, nor to be stopped by. */
export function call<T>(listener: ((value: T) => void) | null | undefined, value: T): void {
  try {
    listener?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
