/** A normative statement of the standard, and how it is shown to be obeyed. */
export interface Statement {
  id: string;
  /** Whom it binds. */
  binds: 'server' | 'client' | 'both';
  /** Tests that fail when it is broken. */
  tests: string[];
  /** Places of the scripts that show it on any broker. */
  scripts: number[];
  /** What its wording hides. */
  note?: string;
  /** Why it does not apply. */
  notApplicable?: string;
}

/** A script of the conformance suite. */
export interface Script {
  chapter: string;
  name: string;
  text: string;
  shows: string[];
}

export interface Statements {
  v5: Statement[];
  v3: Statement[];
  scripts: Script[];
}
