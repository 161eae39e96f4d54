/* Runs before anything is drawn: marks that scripts work, and takes up the theme chosen last time. */
(function () {
  var root = document.documentElement;
  root.classList.add("scripted");
  try {
    var theme = localStorage.getItem("lifeworth-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (refused) { /* storage is closed for files in some browsers */ }
})();
