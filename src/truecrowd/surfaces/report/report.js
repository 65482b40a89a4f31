"use strict";
// The page works without this: it follows the reader's language, filters tables, and saves them as CSV.
const root = document.documentElement;
for (const choice of document.querySelectorAll('input[name="tc-lang"]')) {
  const speak = () => {
    root.lang = choice.value;
    document.title = document.querySelector("h1").innerText;
  };
  choice.addEventListener("change", speak);
  if ("follow" in root.dataset && choice.value.startsWith("zh") === navigator.language.startsWith("zh")) {
    choice.checked = true;
    speak();
  }
}
const cell = (element) => {
  const text = element.innerText.trim().replace(/\s+/g, " ");
  const guarded = /^[=+\-@]/.test(text) ? "'" + text : text;
  return /[",\n]/.test(guarded) ? '"' + guarded.replaceAll('"', '""') + '"' : guarded;
};
for (const tools of document.querySelectorAll(".tc-tools")) {
  const table = document.getElementById(tools.dataset.table);
  const rows = [...table.tBodies[0].rows];
  tools.hidden = false;
  tools.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.innerText.toLowerCase().includes(wanted);
  });
  tools.querySelector("button").addEventListener("click", () => {
    const shown = [...table.rows].filter((row) => !row.hidden);
    const text = shown.map((row) => [...row.cells].map(cell).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = tools.dataset.table + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
