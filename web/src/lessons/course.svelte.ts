import type { CheckpointResult, Lesson, LessonState, LessonStep, ProtocolVersion } from 'afterlink-wasm';

import type { Player } from '../engine/player.svelte';
import { type LessonFile, lessonFiles } from './files';
import { type Marks, Progress } from './progress';

/** How long a step is played, in real milliseconds, whatever its virtual length. */
const STEP_MS_MIN = 1_200;
const STEP_MS_MAX = 3_000;

/** A step that was taken. */
export interface StepTaken {
  step: LessonStep;
  /** The moment at which it is over. */
  until: number;
  /** What was seen then; absent while it is played. */
  checkpoints: CheckpointResult[] | undefined;
}

/** A lesson that is taken in the page: what was done, asked and answered so far. */
export class Course {
  readonly #player: Player;
  readonly #progress: Progress;
  #text = '';
  /** What the visitor chose last; a lesson without it does not change that. */
  #wished: ProtocolVersion = 'V5';

  file: LessonFile | undefined = $state.raw(undefined);
  lesson: Lesson | undefined = $state.raw(undefined);
  protocol: ProtocolVersion = $state('V5');
  taken: StepTaken[] = $state.raw([]);
  /** The step that can be taken next. */
  next: LessonStep | undefined = $state.raw(undefined);
  /** The option of the question that the visitor took for right. */
  choice: number | undefined = $state(undefined);
  /** The options that held when the question was answered. */
  answers: number[] | undefined = $state.raw(undefined);
  /** How far the lessons were taken. */
  marks: Marks = $state.raw(new Map());
  /** Whether the browser keeps that. */
  isKept = $state(true);

  /** What is done is kept in the browser, unless the page is a guest in another. */
  constructor(player: Player, keeps = true) {
    this.#player = player;
    this.#progress = new Progress(keeps);
    this.marks = this.#progress.marks();
  }

  /** Takes over what was done in another window. */
  reload(): void {
    this.marks = this.#progress.reload();
  }

  /** Forgets what was done in all lessons. */
  startOver(): void {
    this.marks = this.#progress.clear();
    this.isKept = this.#progress.isKept;
  }

  /** Opens a lesson in the variant that is wished or was last chosen, if it has that one. */
  async open(file: LessonFile, protocol?: ProtocolVersion): Promise<void> {
    if (protocol !== undefined) this.#wished = protocol;
    try {
      this.#text = await file.load();
      this.file = file;
      this.#begin(this.#wished);
    } catch (error) {
      this.file = undefined;
      this.#player.refuse(error);
    }
  }

  /** Begins the lesson anew in another variant. */
  choose(protocol: ProtocolVersion): void {
    this.#wished = protocol;
    this.#begin(protocol);
  }

  /** Begins the lesson anew. */
  restart(): void {
    this.#begin(this.protocol);
  }

  /** Goes back to where the step before the last was over. */
  back(): void {
    const steps = this.taken.length - 1;
    const { choice } = this;
    this.#begin(this.protocol);
    for (let step = 0; step < steps; step += 1) {
      this.#take(0);
      this.settle();
    }
    this.choice = choice;
  }

  /** Takes the next step. */
  forward(): void {
    this.settle();
    const realMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : STEP_MS_MAX;
    this.#take(realMs);
  }

  /** Leaves the lesson and keeps its World for free play. */
  leave(): void {
    this.#player.continueFreely();
    this.close();
  }

  /** Shows the list of lessons. */
  close(): void {
    this.file = undefined;
    this.lesson = undefined;
    this.taken = [];
    this.next = undefined;
  }

  /** The lesson behind this one. */
  following(): LessonFile | undefined {
    const { file } = this;
    return file === undefined ? undefined : lessonFiles.find((it) => it.number > file.number);
  }

  /** Whether the question has to be answered before the next step. */
  asks(): boolean {
    return this.next !== undefined && this.next.text === this.lesson?.prediction.asked_before;
  }

  /** Whether the last step is still played. */
  isPlaying(): boolean {
    const last = this.taken.at(-1);
    return last !== undefined && last.checkpoints === undefined;
  }

  /** Takes the last step to its end if it is not there, and notes what is seen there. */
  settle(): void {
    const last = this.taken.at(-1);
    if (last === undefined) return;
    if (this.#player.now < last.until) this.#player.seek(last.until);
    if (last.checkpoints === undefined) this.note();
  }

  /** Notes what is seen at the end of the last step, once it has come there. */
  note(): void {
    const last = this.taken.at(-1);
    if (last === undefined || last.checkpoints !== undefined || this.#player.now < last.until) return;
    const state = this.#state();
    if (state === undefined) return;
    this.taken = [...this.taken.slice(0, -1), { ...last, checkpoints: state.checkpoints }];
    if (last.step.text === this.lesson?.prediction.answered_after) this.answers = state.answers;
    this.#mark(state);
  }

  /** Notes how far the lesson was taken. */
  #mark({ steps }: LessonState): void {
    const { file, answers, choice } = this;
    if (file === undefined) return;
    const isAnswered = answers !== undefined && choice !== undefined;
    this.marks = this.#progress.note(file.id, {
      done: this.next === undefined,
      steps: this.taken.length,
      of: steps.length,
      ...(isAnswered ? { foreseen: answers.includes(choice) } : {}),
    });
    this.isKept = this.#progress.isKept;
  }

  #begin(protocol: ProtocolVersion): void {
    const file = this.file;
    if (file === undefined) return;
    const offered = variants(this.#text);
    this.protocol = offered.includes(protocol) ? protocol : (offered[0] ?? protocol);
    this.#player.playLesson(this.#text, this.protocol);
    this.taken = [];
    this.choice = undefined;
    this.answers = undefined;
    const state = this.#state();
    this.lesson = state?.lesson;
    this.#look(state);
  }

  #take(realMs: number): void {
    const step = this.next;
    if (step === undefined) return;
    const ms = realMs === 0 ? 0 : Math.min(Math.max(step.run_ms, STEP_MS_MIN), realMs);
    const until = this.#player.now + step.run_ms;
    if (!this.#player.playStep(ms)) return;
    this.taken = [...this.taken, { step, until, checkpoints: undefined }];
    this.#look(this.#state());
    this.note();
  }

  #look(state: LessonState | undefined): void {
    this.next = state?.next_step === undefined ? undefined : state.lesson.steps[state.next_step];
  }

  #state(): LessonState | undefined {
    return this.#player.look((simulation) => simulation.lesson());
  }
}

/** The variants of a lesson, read before the engine is told which to play. */
function variants(text: string): ProtocolVersion[] {
  const lesson = JSON.parse(text) as Pick<Lesson, 'variants'>;
  return lesson.variants.map((variant) => variant.protocol);
}
