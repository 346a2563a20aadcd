import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** What an editor is told. */
export interface EditorOptions {
  /** Of a shadow tree: a policy of the page lets no style into the document itself. */
  root: ShadowRoot;
  code: string;
  label: string;
  /** How it is left, for those who do not see it. */
  hint: string;
  onchange: (code: string) => void;
  onrun: () => void;
}

/** The colours are the page's, so that its themes hold here too. */
const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--text-soft)', fontStyle: 'italic' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--packet-qos2)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: 'var(--packet-ack)',
  },
  { tag: tags.propertyName, color: 'var(--packet-publish)' },
]);

const look = EditorView.theme({
  '&': {
    height: '100%',
    color: 'var(--text)',
    backgroundColor: 'var(--surface)',
    fontSize: '13px',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-gutters': {
    color: 'var(--text-soft)',
    backgroundColor: 'var(--surface)',
    border: '0',
  },
  '.cm-activeLine': {
    backgroundColor: 'color-mix(in oklab, var(--surface-sunken) 60%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-soft)',
    color: 'inherit',
  },
  '.cm-failed': { backgroundColor: 'var(--bad-soft)', boxShadow: 'inset 3px 0 var(--bad)' },
});

const fail = StateEffect.define<number | undefined>();

/** The line at which the code failed, until it is changed. */
const failed = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(fail)) continue;
      const { doc } = transaction.state;
      const line = effect.value;
      next =
        line === undefined || line > doc.lines
          ? Decoration.none
          : Decoration.set([Decoration.line({ class: 'cm-failed' }).range(doc.line(line).from)]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An editor for JavaScript. Escape, then Tab, leaves it. */
export function createEditor({
  root,
  code,
  label,
  hint,
  onchange,
  onrun,
}: EditorOptions): EditorView {
  const run = keymap.of([
    {
      key: 'Mod-Enter',
      run: () => {
        onrun();
        return true;
      },
    },
  ]);
  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: code,
      extensions: [
        run,
        lineNumbers(),
        history(),
        indentOnInput(),
        indentUnit.of('  '),
        bracketMatching(),
        highlightActiveLine(),
        javascriptLanguage,
        syntaxHighlighting(colours),
        failed,
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({
          'aria-label': label,
          'aria-description': hint,
          tabindex: '0',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onchange(update.state.doc.toString());
        }),
        EditorView.lineWrapping,
        look,
      ],
    }),
  });
}

/** Puts other code in the place of what is there; undoing brings that back. */
export function replaceCode(editor: EditorView, code: string): void {
  editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: code } });
  editor.scrollDOM.scrollTop = 0;
}

/** Marks the line at which the code failed; none for `undefined`. */
export function markFailure(editor: EditorView, line: number | undefined): void {
  editor.dispatch({ effects: fail.of(line) });
}

/** Puts the cursor at a line. */
export function goToLine(editor: EditorView, line: number): void {
  const { doc } = editor.state;
  const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  editor.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  editor.focus();
}
