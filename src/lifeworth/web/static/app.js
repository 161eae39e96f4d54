/* The few manners that pages have beyond plain forms: a choice that submits itself, the place in view,
   files that are dropped,
   and a job that leads on when it is done. Everything works without this file. */
(function () {
  "use strict";
  document.querySelectorAll("select[data-submit]").forEach(function (select) {
    select.addEventListener("change", function () { select.form.submit(); });
  });

  var here = document.querySelector("nav.places [aria-current]");
  if (here) here.scrollIntoView({ block: "nearest", inline: "center" });

  var drop = document.getElementById("drop");
  if (drop) {
    ["dragover", "dragleave", "drop"].forEach(function (kind) {
      drop.addEventListener(kind, function (event) {
        event.preventDefault();
        drop.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) {
          document.getElementById("file").files = event.dataTransfer.files;
        }
      });
    });
    drop.addEventListener("submit", function () { drop.classList.add("busy"); });
  }
})();
