declare module 'virtual:statements' {
  type Statements = import('./types').Statements;

  const statements: Statements;
  export default statements;
}
