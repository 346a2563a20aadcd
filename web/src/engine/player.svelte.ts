import type { Command, CommandRefusal, Position, ProtocolVersion, Scenario } from 'afterlink-wasm';
import { Simulation } from 'afterlink-wasm';

import { t } from '../strings';

/** Steps of the engine in one frame at most; what is left waits for the next. */
const STEPS_PER_FRAME_MAX = 2_000;
/** Steps of the engine in one call that a person waits for. */
const STEPS_PER_CALL_MAX = 200_000;
/** The longest that passes between two frames, in real milliseconds: a hidden tab skips no time. */
const FRAME_MS_MAX = 100;

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 300, 1000] as const;

/** What the clock runs to by itself. */
interface Run {
  /** The moment at which it stops. */
  until: number;
  /** Virtual milliseconds in a real one. */
  pace: number;
}

/** Something the page says to its visitor. */
export interface Notice {
  kind: 'error' | 'told';
  text: string;
}

/**
 * Plays a simulation, and tells the page when it has changed.
 *
 * All state is the engine's. The page reads it by `look`, which runs again whenever `version` has
 * gone up, and computes what is left of a deadline from `now`.
 */
export class Player {
  #simulation: Simulation;
  #frame: number | undefined;
  #lastFrame = 0;
  /** Virtual time that has passed and is not played yet, in milliseconds; whole ones are. */
  #due = 0;
  #run: Run | undefined;

  /** Goes up with each change of the World. */
  version = $state(0);
  /** The present, in milliseconds since the Unix epoch of the World. */
  now = $state(0);
  position: Position = $state.raw({} as Position);
  /** The latest moment that this history has reached. */
  farthest = $state(0);
  /** The number of the first trace entry of the last thing the visitor did. */
  newSince = $state(0);
  playing = $state(false);
  speed = $state(1);
  isLesson = $state(false);
  notice: Notice | undefined = $state.raw(undefined);
  /** Why nothing works any more. */
  failure: string | undefined = $state(undefined);
  /** What waits until the visitor has agreed to leave the known future. */
  waiting: (() => void) | undefined = $state.raw(undefined);

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.position = simulation.position();
    this.#begin();
  }

  /** Reads from the engine. In a derived value it is read again after each change. */
  look<T>(read: (simulation: Simulation) => T): T {
    void this.version;
    return read(this.#simulation);
  }

  // The scenario.

  /** Plays a scenario from its start. Throws in words if it is not one. */
  playText(text: string): void {
    this.#replace(Simulation.fromText(text));
  }

  /** Plays a scenario from its start. */
  play(scenario: Scenario): void {
    this.#replace(new Simulation(scenario));
  }

  /** Begins a lesson. */
  playLesson(text: string, protocol: ProtocolVersion): void {
    this.#replace(Simulation.fromLesson(text, protocol));
  }

  /** Begins the next step of a lesson and plays it within some real time. */
  playStep(realMs: number): boolean {
    return this.#act(() => {
      const until = this.#simulation.beginStep();
      if (until === undefined) return false;
      this.#refresh();
      this.runTo(until, realMs);
      return true;
    }) ?? false;
  }

  /** Leaves the lesson; its World goes on. */
  continueFreely(): void {
    this.#act(() => this.#simulation.continueFreely());
  }

  // Commands.

  /**
   * Carries out a command at the present. If commands lie in the future, the visitor is asked
   * first. Whether it was carried out at once.
   */
  perform(command: Command): boolean {
    return this.performAll([command]);
  }

  /** Carries out commands at the present, one after the other. */
  performAll(commands: Command[]): boolean {
    if (this.position.has_future_commands) {
      this.waiting = () => {
        this.fork();
        this.performAll(commands);
      };
      return false;
    }
    return this.#act(() => {
      this.#mark();
      // What lies ahead without a command in it was only looked at: it happens anew.
      this.#simulation.fork();
      for (const command of commands) {
        const refusal: CommandRefusal | undefined = this.#simulation.perform(command);
        if (refusal !== undefined) {
          this.notice = { kind: 'error', text: t(`refusal.${refusal}`) };
          return false;
        }
      }
      return true;
    }) ?? false;
  }

  // The clock.

  toggle(): void {
    if (this.playing) this.pause();
    else this.resume();
  }

  resume(): void {
    this.#mark();
    this.#run = undefined;
    this.#start();
  }

  pause(): void {
    this.playing = false;
    this.#run = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  /** Plays up to a moment within some real time, then stops. */
  runTo(until: number, realMs: number): void {
    const ahead = until - this.now;
    if (ahead <= 0 || realMs <= 0) {
      this.pause();
      this.#reach(until);
      return;
    }
    this.#run = { until, pace: ahead / realMs };
    this.#start();
  }

  /** Goes to the end of what it runs to, at once. */
  finishRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.pause();
    this.#reach(run.until);
  }

  /** Whether it runs to a moment by itself. */
  isRunning(): boolean {
    return this.playing && this.#run !== undefined;
  }

  setSpeed(speed: number): void {
    this.speed = speed;
  }

  /** Goes on until a packet has arrived. Its number. */
  stepPacket(): number | undefined {
    this.pause();
    return this.#act(() => {
      this.#mark();
      const packet = this.#simulation.stepPacket(STEPS_PER_CALL_MAX);
      if (packet === undefined) this.notice = { kind: 'told', text: t('clock.no_packet') };
      return packet;
    });
  }

  /** Goes on until a timer has fired. */
  stepTimer(): ReturnType<Simulation['stepTimer']> {
    this.pause();
    return this.#act(() => {
      this.#mark();
      const fired = this.#simulation.stepTimer(STEPS_PER_CALL_MAX);
      if (fired === undefined) this.notice = { kind: 'told', text: t('clock.no_timer') };
      return fired;
    });
  }

  advance(ms: number): void {
    this.pause();
    this.#mark();
    this.#reach(this.now + ms);
  }

  /** Goes to a moment of this history, earlier or later. */
  seek(at: number): void {
    this.pause();
    this.#act(() => {
      this.#mark();
      const to = Math.max(Math.round(at), this.position.start);
      let progress = this.#simulation.seekTime(to, STEPS_PER_CALL_MAX);
      while (!progress.reached && progress.steps > 0) {
        progress = this.#simulation.seekTime(to, STEPS_PER_CALL_MAX);
      }
    });
  }

  /** Leaves the known future; it is kept as a branch if commands lie in it. */
  fork(): void {
    this.#act(() => {
      this.#simulation.fork();
      this.farthest = this.#simulation.now();
    });
  }

  /** Answers the question whether the known future is to be left. */
  answerFork(leave: boolean): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    if (leave) waiting?.();
  }

  // Trouble.

  /** Says that what the visitor wanted cannot be had. */
  refuse(error: unknown): void {
    this.notice = { kind: 'error', text: error instanceof Error ? error.message : String(error) };
  }

  dismiss(): void {
    this.notice = undefined;
  }

  /** The engine met a fault of its own. */
  engineFailed(message: string): void {
    this.failure = message;
    this.pause();
  }

  #replace(simulation: Simulation): void {
    this.pause();
    this.#simulation.free();
    this.#simulation = simulation;
    this.#begin();
  }

  #begin(): void {
    this.notice = undefined;
    this.waiting = undefined;
    this.newSince = 0;
    this.#due = 0;
    this.farthest = 0;
    this.#refresh();
  }

  /** What happens from here on is new to the visitor. */
  #mark(): void {
    this.newSince = this.position.next_entry;
    this.notice = undefined;
  }

  #act<T>(change: () => T): T | undefined {
    try {
      return change();
    } catch (error) {
      this.refuse(error);
      return undefined;
    } finally {
      if (this.failure === undefined) this.#refresh();
    }
  }

  #reach(until: number): void {
    this.#act(() => {
      let progress = this.#simulation.runUntil(until, STEPS_PER_CALL_MAX);
      while (!progress.reached && progress.steps > 0) {
        progress = this.#simulation.runUntil(until, STEPS_PER_CALL_MAX);
      }
    });
  }

  #start(): void {
    if (this.playing) return;
    this.playing = true;
    this.#lastFrame = performance.now();
    this.#due = 0;
    this.#frame = requestAnimationFrame(this.#tick);
  }

  #tick = (time: number): void => {
    if (!this.playing) return;
    const real = Math.min(Math.max(time - this.#lastFrame, 0), FRAME_MS_MAX);
    this.#lastFrame = time;
    this.#due += real * (this.#run?.pace ?? this.speed);
    const whole = Math.floor(this.#due);
    if (whole > 0) {
      this.#due -= whole;
      const until = Math.min(this.now + whole, this.#run?.until ?? Infinity);
      this.#act(() => this.#simulation.runUntil(until, STEPS_PER_FRAME_MAX));
    }
    if (this.#run !== undefined && this.now >= this.#run.until) this.pause();
    if (this.playing) this.#frame = requestAnimationFrame(this.#tick);
  };

  /** Takes over where the engine stands; its views are read again only if it has changed. */
  #refresh(): void {
    const position = this.#simulation.position();
    const before = this.position;
    this.now = position.now;
    this.farthest = Math.max(this.farthest, position.now);
    const changed =
      position.steps !== before.steps ||
      position.next_entry !== before.next_entry ||
      position.commands !== before.commands ||
      position.branches !== before.branches ||
      position.has_future_commands !== before.has_future_commands;
    this.position = position;
    const isLesson = this.#simulation.lesson() !== undefined;
    if (changed || isLesson !== this.isLesson || this.version === 0) this.version += 1;
    this.isLesson = isLesson;
  }
}
