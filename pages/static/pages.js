// Everything works without this file.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", () => {
    // After the browser has collected the fields: pressed once, sent once.
    setTimeout(() => form.querySelectorAll("button").forEach((each) => (each.disabled = true)));
    // Back from another page the browser may show this one as it was left.
    addEventListener("pageshow", () => form.querySelectorAll("button").forEach((each) => (each.disabled = false)));
  });
}
for (const select of document.querySelectorAll("form.filters select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
const slider = document.querySelector('input[type="range"]');
if (slider) slider.addEventListener("change", () => slider.form.requestSubmit());
