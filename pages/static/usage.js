// Bars of usage that move while somebody looks at them. Without this file they move when the page is loaded again.
const SECONDS = 3;
const bars = document.querySelector("[data-live]");
let failures = 0;

async function refresh() {
  if (document.hidden) return again();
  try {
    const answer = await fetch(bars.dataset.live, { headers: { Accept: "text/html" } });
    if (answer.status === 401 || answer.status === 403) return; // the session is over: the next click says so
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (text.trim() !== bars.innerHTML.trim()) bars.innerHTML = text;
    failures = 0;
  } catch {
    failures += 1; // the network, or a restart: less often, and for ever
  }
  again();
}

function again() {
  setTimeout(refresh, SECONDS * 1000 * Math.min(2 ** failures, 20));
}

if (bars) again();
