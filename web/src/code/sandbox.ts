import frameText from './sandbox/frame.js?raw';
import glue from './sandbox/glue.js?raw';
import mqttUrl from 'mqtt/dist/mqtt.min?url';

import { HEARTBEAT_MS, MESSAGES_PER_SECOND_MAX, START_MS_MAX, UNANSWERED_MAX } from './limits';
import { cut, type FromCode, read, type ToCode } from './messages';
import { linesBefore, program } from './program';
import { Rate } from './rate';

/** Why a sandbox gives its code up. */
export type Failure =
  | { why: 'silent' | 'flood' | 'start' }
  | { why: 'unreadable'; message: string; line: number | undefined };

/** What a sandbox tells. */
export interface Hearer {
  heard: (message: FromCode) => void;
  failed: (failure: Failure) => void;
}

let mqtt: Promise<string> | undefined;

/** Fetches MQTT.js, once. */
async function loadMqtt(): Promise<string> {
  const response = await fetch(mqttUrl);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}

/**
 * A place where the visitor's code runs: a worker in a frame of opaque origin. It is given one
 * port, reaches neither the page nor the network, and is gone with the frame.
 */
export class Sandbox {
  #frame: HTMLIFrameElement | undefined;
  #port: MessagePort | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #hearer: Hearer;
  #unanswered = 0;
  #isReady = false;
  #isEnded = false;
  #waitedMs = 0;
  #rate = new Rate(MESSAGES_PER_SECOND_MAX);

  constructor(hearer: Hearer) {
    this.#hearer = hearer;
  }

  /** Starts the code, unless it is ended before. Throws if MQTT.js cannot be fetched. */
  async start(code: string): Promise<void> {
    mqtt ??= loadMqtt();
    let library: string;
    try {
      library = await mqtt;
    } catch (error) {
      mqtt = undefined;
      throw error;
    }
    // Nobody waits for it any more, and nobody would end it.
    if (this.#isEnded) return;
    const before = linesBefore(library, glue);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#heard(data);
    const frame = document.createElement('iframe');
    // No word more: with its own origin it would be a part of the page.
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.title = 'sandbox';
    frame.hidden = true;
    frame.srcdoc = framePage();
    frame.onload = () => {
      frame.onload = null;
      // An opaque origin has no name that could be given as the target.
      frame.contentWindow?.postMessage(program(code, library, glue), '*', [port2]);
    };
    this.#frame = frame;
    this.#listen(before);
    document.body.append(frame);
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  post(message: ToCode): void {
    this.#port?.postMessage(message);
  }

  /** Ends the code, whatever it is doing. */
  end(): void {
    this.#isEnded = true;
    clearInterval(this.#timer);
    removeEventListener('message', this.#heardFrame);
    this.#port?.close();
    this.#port = undefined;
    this.#frame?.remove();
    this.#frame = undefined;
  }

  #heardFrame: (event: MessageEvent) => void = () => {};

  #listen(before: number): void {
    this.#heardFrame = ({ source, data }: MessageEvent): void => {
      if (source === null || source !== this.#frame?.contentWindow) return;
      const { message, line } = data as { message?: unknown; line?: unknown };
      const place = typeof line === 'number' && line > before ? line - before : undefined;
      this.#fail({ why: 'unreadable', message: cut(String(message)), line: place });
    };
    addEventListener('message', this.#heardFrame);
  }

  #heard(data: unknown): void {
    if (this.#port === undefined) return;
    if (!this.#rate.take(performance.now())) {
      this.#fail({ why: 'flood' });
      return;
    }
    const message = read(data);
    if (message === undefined) return;
    if (message.kind === 'pong') this.#unanswered = 0;
    if (message.kind === 'ready') this.#isReady = true;
    this.#hearer.heard(message);
  }

  /** Asks whether the code is alive. A page that stood still itself has asked nothing meanwhile. */
  #beat(): void {
    if (!this.#isReady) {
      this.#waitedMs += HEARTBEAT_MS;
      if (this.#waitedMs > START_MS_MAX) this.#fail({ why: 'start' });
      return;
    }
    if (this.#unanswered >= UNANSWERED_MAX) {
      this.#fail({ why: 'silent' });
      return;
    }
    this.#unanswered += 1;
    this.post({ kind: 'ping' });
  }

  #fail(failure: Failure): void {
    this.end();
    this.#hearer.failed(failure);
  }
}

/**
 * The digest of the frame's script. A server's policy for the page has to name it too, since the
 * frame is bound by it as well (`server/src/http/playground.rs`).
 */
export const FRAME_DIGEST = 'sha256-DzXUAZoiefJs44cMZ0ziqqTeDprRs3z+SCmd4tn8f28=';

/**
 * The frame's page: a script of ours, and a policy under which neither it nor its worker reaches
 * anything. The script is part of it: without a network the frame, which no service worker answers
 * for, could not fetch it.
 */
export function framePage(): string {
  const policy = `default-src 'none'; script-src '${FRAME_DIGEST}'; worker-src blob:`;
  return (
    `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<script>${frameText}</script>`
  );
}
