/** Follows a pointer to moments, once in a frame at most. */
export class Drag {
  #seek: (at: number) => void;
  #isOn = false;
  #frame: number | undefined;
  #target = 0;

  constructor(seek: (at: number) => void) {
    this.#seek = seek;
  }

  begin(at: number): void {
    this.#isOn = true;
    this.move(at);
  }

  move(at: number): void {
    if (!this.#isOn) return;
    this.#target = at;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#seek(this.#target);
    });
  }

  end(): void {
    this.#isOn = false;
  }
}
