// How one asks for a connection through a port that a broker is attached to.

import { type PortIn } from "./ports.js";

/** What is said through a port to open a connection: the port that is to carry it. */
export interface Knock {
  readonly afterlink: "connect";
  readonly port: MessagePort;
  /** A lock that is held as long as the asking end is there, where there are locks. */
  readonly lock?: string | undefined;
}

/** Whether a message is a knock. */
export function isKnock(message: unknown): message is Knock {
  if (typeof message !== "object" || message === null) return false;
  const { afterlink, port, lock } = message as Record<string, unknown>;
  const isLock = lock === undefined || typeof lock === "string";
  return afterlink === "connect" && port instanceof MessagePort && isLock;
}

/** Hears messages until the function that is given back is called. */
export function hear(port: PortIn, listener: (message: unknown) => void): () => void {
  if ("addEventListener" in port) {
    const heard = (event: { data: unknown }): void => listener(event.data);
    port.addEventListener("message", heard);
    port.start?.();
    return () => port.removeEventListener("message", heard);
  }
  port.on("message", listener);
  return () => void port.off("message", listener);
}
