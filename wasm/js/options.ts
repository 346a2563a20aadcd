// What a broker is made with.

import type {
  AuthenticationRequest, AuthenticationVerdict, Capabilities, Config, Limits, Policy,
} from "./types.js";

/** Where the bytes of the module come from: an address, or the bytes themselves. */
export type ModuleSource = string | ArrayBuffer | Uint8Array;

/** Settings, of which any may be left out: the engine has a default for each. */
export type Settings = Partial<Omit<Config, "limits" | "capabilities" | "records">> & {
  limits?: Partial<Limits>;
  capabilities?: Partial<Capabilities>;
};

/** What a broker is made with. */
export interface BrokerOptions {
  /** Limits and rules. */
  settings?: Settings;
  /** What clients may do; everything, if left out. */
  policy?: Policy;
  /** Judges each client; without it every client is taken as anonymous. One that throws, or gives
   * a promise that is rejected, refuses the client as not authorized. */
  authenticate?: (
    request: AuthenticationRequest,
  ) => AuthenticationVerdict | Promise<AuthenticationVerdict>;
  /** Bytes that are on their way to one client at most: from 1024 to 1 GiB, 256 KiB if left
   * out. */
  sendCreditBytes?: number;
  /** Where the WebAssembly module is, where it is not found by itself. It is loaded once. */
  module?: ModuleSource;
  /** Told when the engine has failed and all is over. Without it the error is thrown in a task of
   * its own. */
  onFault?: (error: Error) => void;
}

/** How a message of the broker's own is published. */
export interface PublishOptions {
  /** 0 if left out. */
  qos?: 0 | 1 | 2;
  retain?: boolean;
  /** Seconds it lives; for ever if left out. */
  messageExpiryInterval?: number;
}

const SEND_CREDIT_BYTES = 256 * 1024;
const SEND_CREDIT_BYTES_MIN = 1024;
const SEND_CREDIT_BYTES_MAX = 1024 ** 3;

/** The send credit that is asked for. */
export function sendCredit({ sendCreditBytes: asked = SEND_CREDIT_BYTES }: BrokerOptions): number {
  const isGood = asked >= SEND_CREDIT_BYTES_MIN && asked <= SEND_CREDIT_BYTES_MAX;
  if (Number.isInteger(asked) && isGood) return asked;
  const range = `from ${SEND_CREDIT_BYTES_MIN} to ${SEND_CREDIT_BYTES_MAX}`;
  throw new RangeError(`sendCreditBytes has to be a whole number ${range}, not ${asked}`);
}
