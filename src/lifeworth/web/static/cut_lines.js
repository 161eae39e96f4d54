/* The two cut lines of the pattern map can be dragged, or moved with the arrow keys and set with Enter. What
   they lead to is the form's: the server counts who falls where. Without this file the form does the same. */
(function () {
  "use strict";
  var form = document.getElementById("cut-lines");
  var entry = form && window.lifeworthCharts.of(form.dataset.chartOf);
  if (!entry) return;
  var frame = document.createElement("div"), STEP = 1.05;
  frame.className = "cut-frame";
  entry.box.parentNode.insertBefore(frame, entry.box);
  frame.appendChild(entry.box);

  function handle(name, axis) {
    var input = form.elements[name], upright = axis === "xAxisIndex", finder = {};
    var line = document.createElement("div"), value = Number(input.value), was = value;
    finder[axis] = 0;
    line.className = "cut-line " + (upright ? "upright" : "level");
    line.tabIndex = 0;
    line.setAttribute("role", "slider");
    line.setAttribute("aria-orientation", upright ? "horizontal" : "vertical");
    line.setAttribute("aria-label", form.querySelector("label[for=cut-" + name + "]").textContent);
    frame.appendChild(line);

    function ends(across) {
      var given = entry.options[across ? "xAxis" : "yAxis"];
      return [given.min || 0, given.max];
    }
    function span() {
      var other = {}, places;
      other[upright ? "yAxisIndex" : "xAxisIndex"] = 0;
      places = ends(!upright).map(function (end) { return entry.chart.convertToPixel(other, end); });
      line.style[upright ? "top" : "left"] = Math.min(places[0], places[1]) + "px";
      line.style[upright ? "height" : "width"] = Math.abs(places[1] - places[0]) + "px";
    }
    function show() {
      var low = ends(upright)[0], high = ends(upright)[1];
      span();
      var shown = Math.min(Math.max(value, low), high);
      var place = entry.chart.convertToPixel(finder, shown);
      line.style[upright ? "left" : "top"] = place + "px";
      line.setAttribute("aria-valuemin", low);
      line.setAttribute("aria-valuemax", high);
      line.setAttribute("aria-valuenow", Number(shown.toPrecision(3)));
    }
    function move(to) {
      var low = ends(upright)[0], high = ends(upright)[1];
      value = Number(Math.min(Math.max(to, low), high).toPrecision(3));
      input.value = String(value);
      show();
    }
    function done() {
      if (value !== was) form.requestSubmit();
    }
    line.addEventListener("pointerdown", function (event) {
      line.setPointerCapture(event.pointerId);
      event.preventDefault();
      line.focus();
    });
    line.addEventListener("pointermove", function (event) {
      if (!line.hasPointerCapture(event.pointerId)) return;
      var box = entry.box.getBoundingClientRect();
      move(entry.chart.convertFromPixel(finder, upright ? event.clientX - box.left : event.clientY - box.top));
    });
    line.addEventListener("pointerup", done);
    line.addEventListener("keydown", function (event) {
      var up = event.key === "ArrowRight" || event.key === "ArrowUp";
      if (up || event.key === "ArrowLeft" || event.key === "ArrowDown") {
        move(up ? value * STEP : value / STEP);
        event.preventDefault();
      } else if (event.key === "Enter") done();
    });
    input.addEventListener("input", function () {
      var typed = Number(input.value);
      if (isFinite(typed)) { value = typed; show(); }
    });
    return show;
  }

  var shows = null;
  entry.box.addEventListener("drawn", function () {
    shows = shows || [handle("repeats", "xAxisIndex"), handle("profit", "yAxisIndex")];
    shows.forEach(function (show) { show(); });
  });
})();
