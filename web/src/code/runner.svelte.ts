import { type Scenario, Simulation } from 'afterlink-wasm';
import { untrack } from 'svelte';

import { freePlay } from '../engine/free_play';
import type { Player } from '../engine/player.svelte';
import { t } from '../strings';
import { Bridge } from './bridge';
import { CODE_CHARACTERS_MAX, LINES_MAX } from './limits';
import type { FromCode, Said } from './messages';
import { type Failure, Sandbox } from './sandbox';

/** A line of the console. */
export interface Line extends Said {
  number: number;
}

/** Runs the visitor's code against the broker of the World, when it is told to and never else. */
export class Runner {
  #player: Player;
  #sandbox: Sandbox | undefined;
  #bridge: Bridge | undefined;
  #leave: (() => void) | undefined;
  #said = 0;
  #unshown: Said[] = [];
  /** Whether a session of this run has been shown. */
  #hasShown = false;

  /** Is told the Client Identifier of the first client of a run, for it to be looked at. */
  onshow: ((clientIdentifier: string) => void) | undefined;

  isRunning = $state(false);
  lines: Line[] = $state.raw([]);
  /** The line at which the code failed. */
  failedAt: number | undefined = $state(undefined);

  constructor(player: Player) {
    this.#player = player;
  }

  /** Runs code in the World as it stands. `pace` lets time pass as fast as it does for the code. */
  run(code: string, pace: boolean): void {
    if (this.#player.position.has_future_commands) {
      this.#player.waiting = () => {
        this.#player.fork();
        this.run(code, pace);
      };
      return;
    }
    this.#end();
    this.#unshown = [];
    this.lines = [];
    this.failedAt = undefined;
    if (code.length > CODE_CHARACTERS_MAX) {
      this.#note('error', t('code.too_long', { max: CODE_CHARACTERS_MAX }));
      return;
    }
    if (this.#player.isLesson) this.#player.continueFreely();
    this.#clearStage();
    if (pace) {
      this.#player.setSpeed(1);
      this.#player.resume();
    }
    this.#begin(code);
  }

  /** Ends the code and its connections. */
  stop(): void {
    this.#giveUp(t('code.stopped'));
  }

  clear(): void {
    this.lines = [];
  }

  /** Makes room for the code's clients where nobody has touched the two that are there at first. */
  #clearStage(): void {
    const { commands, now, start } = this.#player.position;
    if (commands > 0 || now > start) return;
    const scenario = this.#player.look((simulation) => simulation.scenario());
    const { settings } = scenario;
    if (settings === undefined || clientsOf(scenario) !== clientsOf(writtenOut(freePlay()))) return;
    this.#player.play({ ...scenario, settings: { ...settings, clients: [] } });
  }

  #begin(code: string): void {
    const sandbox = new Sandbox({
      // What another run says on its way out is not about this one.
      heard: (message) => {
        if (this.#sandbox === sandbox) this.#heard(message);
      },
      failed: (failure) => {
        if (this.#sandbox === sandbox) this.#failed(failure);
      },
    });
    this.#hasShown = false;
    const bridge = new Bridge(this.#player, (message) => sandbox.post(message));
    this.#sandbox = sandbox;
    this.#bridge = bridge;
    this.isRunning = true;
    this.#player.onleave = (why) => this.#giveUp(t(`code.left.${why}`));
    this.#leave = $effect.root(() => {
      $effect(() => {
        void this.#player.version;
        untrack(() => bridge.read());
      });
    });
    sandbox.start(code).catch((error: unknown) => {
      if (this.#sandbox === sandbox)
        this.#giveUp(t('code.not_fetched', { reason: String(error) }), 'error');
    });
  }

  #heard(message: FromCode): void {
    if (message.kind === 'open' && message.name !== '' && !this.#hasShown) {
      this.#hasShown = true;
      this.onshow?.(message.name);
    }
    if (message.kind === 'said') {
      this.#say(message.lines);
      if (message.dropped > 0) this.#note('note', t('code.dropped', { count: message.dropped }));
      return;
    }
    try {
      this.#bridge?.hear(message);
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error), 'error');
    }
  }

  #failed(failure: Failure): void {
    if (failure.why === 'unreadable') {
      this.#say([{ level: 'error', text: failure.message, line: failure.line }]);
      this.#end();
    } else {
      this.#giveUp(t(`code.failed.${failure.why}`), 'error');
    }
  }

  #giveUp(reason: string, level: 'note' | 'error' = 'note'): void {
    if (!this.isRunning) return;
    this.#end();
    this.#note(level, reason);
  }

  #end(): void {
    const bridge = this.#bridge;
    this.#sandbox?.end();
    this.#leave?.();
    this.#sandbox = undefined;
    this.#bridge = undefined;
    this.#leave = undefined;
    this.isRunning = false;
    if (bridge === undefined) return;
    this.#player.onleave = undefined;
    bridge.closeAll();
  }

  #note(level: 'note' | 'error', text: string): void {
    this.#say([{ level, text }]);
  }

  /** What is said is shown with the next frame, however often that is. */
  #say(said: readonly Said[]): void {
    if (this.#unshown.length === 0) requestAnimationFrame(() => this.#show());
    this.#unshown.push(...said);
    if (this.#unshown.length > 2 * LINES_MAX) this.#unshown.splice(0, LINES_MAX);
    this.failedAt ??= said.find(({ level, line }) => level === 'error' && line !== undefined)?.line;
  }

  #show(): void {
    const said = this.#unshown.splice(0).slice(-LINES_MAX);
    const lines = said.map((line) => ({ ...line, number: (this.#said += 1) }));
    this.lines = [...this.lines, ...lines].slice(-LINES_MAX);
  }
}

/** A scenario as the engine writes it. */
function writtenOut(scenario: Scenario): Scenario {
  const simulation = new Simulation(scenario);
  const written = simulation.scenario();
  simulation.free();
  return written;
}

function clientsOf(scenario: Scenario): string {
  return JSON.stringify(scenario.settings?.clients);
}

const runners = new WeakMap<Player, Runner>();

/** The runner of a player: code goes on when its panel is not there. */
export function runnerOf(player: Player): Runner {
  let runner = runners.get(player);
  if (runner === undefined) {
    runner = new Runner(player);
    runners.set(player, runner);
  }
  return runner;
}
