/* The page's own manners: theme switch, downloads of tables as CSV, light charts on paper. */
(function () {
  "use strict";
  var root = document.documentElement;
  var words = JSON.parse(document.getElementById("setting").textContent).words;
  var toggle = document.getElementById("theme");
  var wish = window.matchMedia("(prefers-color-scheme: dark)");

  function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : wish.matches; }
  function name() { toggle.textContent = isDark() ? words.light : words.dark; }

  toggle.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("lifeworth-theme", root.dataset.theme); } catch (refused) { /* not kept */ }
    name();
    window.lifeworthCharts.redraw();
  });
  wish.addEventListener("change", function () { name(); window.lifeworthCharts.redraw(); });
  name();

  var before = "";
  window.addEventListener("beforeprint", function () {
    before = root.dataset.theme || "";
    root.dataset.theme = "light";
    window.lifeworthCharts.drawEvery();
  });
  window.addEventListener("afterprint", function () {
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    window.lifeworthCharts.redraw();
  });

  /* A spreadsheet must not take a name for a formula. */
  function field(cell) {
    var text = "raw" in cell.dataset ? cell.dataset.raw : cell.textContent.trim();
    if (/^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+(e[+-]?\d+)?$/i.test(text)) text = "'" + text;
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  document.querySelectorAll("button[data-download]").forEach(function (button) {
    button.addEventListener("click", function () {
      var table = document.getElementById(button.dataset.download);
      var lines = Array.from(table.rows).map(function (row) { return Array.from(row.cells).map(field).join(","); });
      var file = new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
      var link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = button.dataset.name + ".csv";
      document.body.appendChild(link);
      link.click();
      link.remove();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
    });
  });
})();
