import {
  type Command,
  type CommandRefusal,
  type ExplainedEntry,
  type LeftBranch,
  type Position,
  type ProtocolVersion,
  type Scenario,
  type Settings,
  Simulation,
} from 'afterlink-wasm';

import { t } from '../strings';
import * as bounds from './bounds';
import { hasChanged } from './changed';
import { timersFired } from './fired';
import { Frames, type Run } from './frames';
import type { Notice } from './notice';
import { untilReached } from './until_reached';

/**
 * Plays a simulation, and tells the page when it has changed.
 *
 * All state is the engine's. The page reads it by `look`, which runs again whenever `version` has
 * gone up, and computes what is left of a deadline from `now`.
 */
export class Player {
  #simulation: Simulation;
  #frames = new Frames((ms) => this.#tick(ms), this);
  /** Virtual time that has passed and is not played yet, in milliseconds; whole ones are. */
  #due = 0;
  #run: Run | undefined;

  /** Goes up with each change of the World. */
  version = $state(0);
  /** Goes up when numbers of entries and packets begin to mean others: after a fork, or anew. */
  history = 0;
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
  /** The timers that the last step to a timer has fired, each with its reason. */
  fired: ExplainedEntry[] = $state.raw([]);
  /** Histories that were left before the present one was opened. */
  #kept: LeftBranch[] = [];
  notice: Notice | undefined = $state.raw(undefined);
  /** Why nothing works any more. */
  failure: string | undefined = $state(undefined);
  /** Is told before the present is left for an earlier moment or another scenario. */
  onleave: ((why: 'seek' | 'replace') => void) | undefined;
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

  /** Plays a scenario from its start. Throws in words if it is not one. */
  playText(text: string): void {
    this.#replace(Simulation.fromText(text));
  }

  /** Plays a scenario from its start. */
  play(scenario: Scenario): void {
    this.#replace(new Simulation(scenario));
  }

  /** Plays the same commands under other settings, up to the same moment after the start. */
  replayUnder(settings: Settings): boolean {
    return this.#did(() => {
      const since = this.now - this.position.start;
      const scenario = this.#simulation.scenario();
      this.#replace(new Simulation({ ...scenario, settings }));
      this.#reach(this.position.start + since);
      return true;
    });
  }

  /** Begins a lesson. */
  playLesson(text: string, protocol: ProtocolVersion): void {
    this.#replace(Simulation.fromLesson(text, protocol));
  }

  /** Begins the next step of a lesson and plays it within some real time. */
  playStep(realMs: number): boolean {
    return this.#did(() => {
      const until = this.#simulation.beginStep();
      if (until === undefined) return false;
      this.#refresh();
      this.runTo(until, realMs);
      return true;
    });
  }

  /** Leaves the lesson; its World goes on. */
  continueFreely(): void {
    this.#act(() => this.#simulation.continueFreely());
  }

  /** Carries out a command now, or asks first if commands lie ahead. Whether it did at once. */
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
    return this.#did(() => {
      this.#mark();
      this.#leaveFuture();
      for (const command of commands) {
        const refusal: CommandRefusal | undefined = this.#simulation.perform(command);
        if (refusal !== undefined) {
          this.notice = { kind: 'error', text: t(`refusal.${refusal}`) };
          return false;
        }
      }
      return true;
    });
  }

  /** Carries out what a program outside does. Why it cannot be, if so. */
  carry(command: Command): CommandRefusal | undefined {
    try {
      // Commands that lie ahead are not for it to take away: the engine refuses it.
      if (!this.position.has_future_commands) this.#leaveFuture();
      return this.#simulation.perform(command);
    } finally {
      this.#refresh();
    }
  }

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
    this.#frames.stop();
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

  /** Whether it is on its way to a moment as fast as it can. */
  get isHurrying(): boolean {
    return this.playing && this.#run?.pace === Infinity;
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
      const packet = this.#simulation.stepPacket(bounds.STEPS_PER_CALL_MAX);
      if (packet === undefined) this.notice = { kind: 'told', text: t('clock.no_packet') };
      return packet;
    });
  }

  /** Goes on until a timer has fired. */
  stepTimer(): ReturnType<Simulation['stepTimer']> {
    this.pause();
    return this.#act(() => {
      this.#mark();
      const fired = this.#simulation.stepTimer(bounds.STEPS_PER_CALL_MAX);
      if (fired === undefined) this.notice = { kind: 'told', text: t('clock.no_timer') };
      else this.fired = timersFired(this.#simulation, this.newSince);
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
    const to = Math.max(Math.round(at), this.position.start);
    if (to < this.now) this.onleave?.('seek');
    this.#act(() => {
      this.#mark();
      untilReached(() => this.#simulation.seekTime(to, bounds.STEPS_PER_CALL_MAX));
    });
  }

  /** Goes to a moment of this history; what was not played yet is, frame by frame if it is long. */
  jump(at: number): void {
    this.seek(Math.min(at, this.farthest));
    const until = Math.round(at);
    if (until > this.now) this.#hurry(until);
    if (until <= this.now) return;
    this.#run = { until, pace: Infinity };
    this.#start();
  }

  /** Leaves the known future; it is kept as a branch if commands lie in it. */
  fork(): void {
    this.#act(() => this.#leaveFuture());
  }

  /** The histories that were left, oldest first. */
  branches(): LeftBranch[] {
    return [...this.#kept, ...this.look((simulation) => simulation.branches())];
  }

  /** Goes on with a history that was left, where it was left; the present one is kept instead. */
  openBranch(index: number): void {
    const branches = this.branches();
    const [branch] = branches.splice(index, 1);
    if (branch === undefined) return;
    this.#act(() => {
      const present = { scenario: this.#simulation.scenario(), left_at: this.now };
      this.#replace(new Simulation(branch.scenario));
      this.#kept = [...branches, present].slice(-bounds.KEPT_BRANCHES_MAX);
      this.seek(branch.left_at);
    });
  }

  /** Answers the question whether the known future is to be left. */
  answerFork(leave: boolean): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    if (leave) waiting?.();
  }

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
    this.onleave?.('replace');
    this.pause();
    this.#simulation.free();
    this.#simulation = simulation;
    this.#kept = [];
    this.history += 1;
    this.#begin();
  }

  /** Forgets what was played beyond the present: what was only looked at happens anew. */
  #leaveFuture(): void {
    const known = this.#simulation.trace(0, 0).next > this.#simulation.position().next_entry;
    this.#simulation.fork();
    this.farthest = this.#simulation.now();
    if (known) this.history += 1;
  }

  #begin(): void {
    this.notice = undefined;
    this.waiting = undefined;
    this.newSince = 0;
    this.fired = [];
    this.#due = 0;
    this.farthest = 0;
    this.#refresh();
  }

  /** What happens from here on is new to the visitor. */
  #mark(): void {
    this.newSince = this.position.next_entry;
    this.fired = [];
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

  #did(change: () => boolean): boolean {
    return this.#act(change) ?? false;
  }

  #reach(until: number): void {
    this.#act(() =>
      untilReached(() => this.#simulation.runUntil(until, bounds.STEPS_PER_CALL_MAX)),
    );
  }

  #start(): void {
    if (this.playing) return;
    this.playing = true;
    this.#due = 0;
    this.#frames.start();
  }

  #tick(real: number): void {
    if (this.#run?.pace === Infinity) this.#hurry(this.#run.until);
    else this.#pass(real * (this.#run?.pace ?? this.speed));
    if (this.#run !== undefined && this.now >= this.#run.until) this.pause();
  }

  /** Lets virtual time pass. */
  #pass(ms: number): void {
    this.#due += ms;
    const whole = Math.floor(this.#due);
    if (whole <= 0) return;
    this.#due -= whole;
    const until = Math.min(this.now + whole, this.#run?.until ?? Infinity);
    this.#act(() => this.#simulation.runUntil(until, bounds.STEPS_PER_FRAME_MAX));
  }

  /** Goes on towards a moment as far as one frame leads. */
  #hurry(until: number): void {
    const end = performance.now() + bounds.JUMP_FRAME_MS;
    const inTime = (): boolean => performance.now() < end;
    this.#act(() =>
      untilReached(() => this.#simulation.runUntil(until, bounds.STEPS_PER_FRAME_MAX), inTime),
    );
  }

  /** Takes over where the engine stands; its views are read again only if it has changed. */
  #refresh(): void {
    const position = this.#simulation.position();
    const before = this.position;
    this.now = position.now;
    this.farthest = Math.max(this.farthest, position.now);
    const changed = hasChanged(before, position);
    this.position = position;
    const isLesson = this.#simulation.lesson() !== undefined;
    if (changed || isLesson !== this.isLesson || this.version === 0) this.version += 1;
    this.isLesson = isLesson;
  }
}
