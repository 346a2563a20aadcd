/**
 * The text that a worker runs: MQTT.js and what binds it to the page, in a scope of their own, then
 * the visitor's code on lines of its own, so that its errors can name them. It is no module, which
 * a worker without an origin cannot be; a function lets it wait at its top level.
 */
export function program(code: string, mqtt: string, glue: string): string {
  const before = `(async (linesBefore) => {\n${mqtt}\n${glue}\n`;
  const start = `})(${lines(before)}).then(async () => { 'use strict';\n`;
  return `${before}${start}${withoutImports(code)}\n});\n`;
}

/** How many lines of a program stand before the code. */
export function linesBefore(mqtt: string, glue: string): number {
  return lines(program('', mqtt, glue)) - 3;
}

/** `import`, then one name, `* as` another, names in braces, or what of these go together. */
const IMPORT = new RegExp(
  String.raw`^([ \t]*)import\s+(?:(\w+)\s*,?\s*)?(?:\*\s*as\s+(\w+)\s*|(\{[^}]*\})\s*)?` +
    String.raw`from\s*(['"])mqtt\5[ \t]*;?`,
  'gm',
);

/**
 * The code with imports of MQTT.js as what a worker can do: the module is there already, under
 * the name `mqtt`. Lines stay where they are.
 */
export function withoutImports(code: string): string {
  return code.replace(
    IMPORT,
    (
      whole: string,
      indent: string,
      first: string | undefined,
      all: string | undefined,
      names: string | undefined,
    ) => {
      const parts = [first, all, names?.replace(/\s+as\s+/g, ': ').replace(/\bdefault:/g, 'mqtt:')];
      const bound = parts.filter((part) => part !== undefined);
      const feeds = whole.split('\n').length - lines(bound.join(''));
      const made = bound.map((part) => `const ${part} = require('mqtt');`).join(' ');
      return indent + made + '\n'.repeat(Math.max(0, feeds));
    },
  );
}

function lines(text: string): number {
  return text.split('\n').length;
}
