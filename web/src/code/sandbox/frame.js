// Runs in a frame that has no origin, and so nothing of the page. It starts the visitor's code in
// a worker, where a loop without end holds nobody up, and hands it the port to the broker.
function start({ source, data, ports }) {
  // Any page that has come by the frame can send to it.
  if (source !== parent) return;
  removeEventListener('message', start);
  const text = new Blob([data], { type: 'text/javascript' });
  const worker = new Worker(URL.createObjectURL(text));
  // Code that cannot be read does not come to say so itself.
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const { message, lineno, colno } = event;
    parent.postMessage({ kind: 'unreadable', message, line: lineno, column: colno }, '*');
  });
  worker.postMessage(null, ports);
}
addEventListener('message', start);
