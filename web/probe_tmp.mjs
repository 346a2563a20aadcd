import { chromium } from '@playwright/test';
import http from 'node:http';
const csp = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'";
const s = http.createServer((q,r)=>{ r.setHeader('content-type','text/html'); r.setHeader('content-security-policy', csp); r.end('<p>x')}).listen(28099);
const b = await chromium.launch({ executablePath:'/usr/bin/chromium', args:['--no-sandbox','--disable-gpu']});
for (const [type, meta] of [['module', "default-src 'none'; script-src 'unsafe-inline'; worker-src blob:"],['classic', "default-src 'none'; script-src 'unsafe-inline'; worker-src blob:"],['module',"default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:"],['module','']]) {
  const page = await b.newPage(); page.on('console', m=>console.log('  c', m.text().slice(0,200)));
  await page.goto('http://127.0.0.1:28099/');
  const r = await page.evaluate(([type, meta]) => new Promise(res => {
    addEventListener('message', e => res(JSON.stringify(e.data)));
    setTimeout(()=>res('timeout'), 4000);
    const f = document.createElement('iframe'); f.setAttribute('sandbox','allow-scripts');
    f.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${meta}"><script>
      const w = new Worker(URL.createObjectURL(new Blob(['postMessage(1); let q=;'.replace('let q=;', location.hash?'':'')],{type:'text/javascript'})),{type:'${type}'});
      w.onmessage=e=>parent.postMessage({ok:e.data},'*'); w.onerror=e=>parent.postMessage({err:e.message,t:e.constructor.name,l:e.lineno},'*');<\/script>`;
    document.body.append(f);
  }), [type, meta]);
  console.log(type, meta, r);
}
await b.close(); s.close();
