"use strict";
// The page works without this: it remembers the title's language, filters tables, and saves them as CSV.
const page = document.querySelector("h1");
for (const choice of document.querySelectorAll('input[name="tc-lang"]')) {
  choice.addEventListener("change", () => {
    document.documentElement.lang = choice.value;
    document.title = page.innerText;
  });
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
