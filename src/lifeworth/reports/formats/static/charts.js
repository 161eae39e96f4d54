/* Draws the charts of a report from their JSON options. What JSON cannot say is filled in here:
   "$token" becomes the colour of the theme in force, {"$format": kind} writes numbers as the page
   does, "$whiskers" draws intervals. Charts are drawn when they come into view. */
(function () {
  "use strict";
  var setting = JSON.parse(document.getElementById("setting").textContent);
  var charts = [];

  function short(value, symbol) {
    var size = Math.abs(value), units = setting.units, unit = [0, 1, ""];
    for (var i = 0; i < units.length; i++) if (size >= units[i][0]) { unit = units[i]; break; }
    var digits = Number((size / unit[1]).toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 4 });
    return (value < 0 ? "\u2212" : "") + symbol + digits + (unit[2] ? "\u00a0" + unit[2] : "");
  }

  var write = {
    money: function (value) { return short(value, setting.symbol); },
    count: function (value) { return short(value, ""); },
    number: function (value) { return short(value, ""); },
    share: function (value) { return Math.round(value * 100) + setting.percent; }
  };

  function whiskers(direction) {
    return function (params, api) {
      var lying = direction === "lying", place = api.value(0);
      var from = lying ? api.coord([api.value(1), place]) : api.coord([place, api.value(1)]);
      var to = lying ? api.coord([api.value(2), place]) : api.coord([place, api.value(2)]);
      var style = { stroke: api.visual("color"), lineWidth: 1.5, fill: "none" };
      function line(x1, y1, x2, y2) {
        return { type: "line", shape: { x1: x1, y1: y1, x2: x2, y2: y2 }, style: style };
      }
      function cap(point) {
        return lying ? line(point[0], point[1] - 4, point[0], point[1] + 4)
                     : line(point[0] - 4, point[1], point[0] + 4, point[1]);
      }
      return { type: "group", children: [line(from[0], from[1], to[0], to[1]), cap(from), cap(to)] };
    };
  }

  function colour(token) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + token).trim();
  }

  function resolve(part) {
    if (typeof part === "string") return /^\$[a-z]+$/.test(part) ? colour(part.slice(1)) : part;
    if (Array.isArray(part)) return part.map(resolve);
    if (!part || typeof part !== "object") return part;
    if (part.$format) return write[part.$format];
    var made = {};
    Object.keys(part).forEach(function (key) {
      if (key === "$whiskers") made.renderItem = whiskers(part[key]);
      else if (key === "tip" || key === "name" || key === "opens") made[key] = part[key];
      else made[key] = resolve(part[key]);
    });
    return made;
  }

  function tip(params) {
    var text = params.data && (params.data.tip || (Array.isArray(params.data) && params.data[2]));
    if (!text || typeof text !== "string") return "";
    var box = document.createElement("div");
    text.split("\n").forEach(function (row, place) {
      var line = document.createElement("div");
      line.textContent = row;
      if (!place) line.style.fontWeight = "600";
      box.appendChild(line);
    });
    return box;
  }

  function draw(entry) {
    var made = resolve(entry.options);
    made.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    made.tooltip.formatter = tip;
    made.tooltip.backgroundColor = colour("card");
    made.tooltip.borderColor = colour("line");
    made.tooltip.textStyle = { color: colour("ink"), fontSize: 13 };
    if (made.legend) made.legend.textStyle = { color: colour("ink") };
    if (entry.box.clientWidth < 520) narrow(made);
    if (!entry.chart) {
      entry.chart = echarts.init(entry.box, null, { renderer: "svg" });
      entry.chart.on("click", open(entry.box));
    }
    entry.chart.setOption(made, true);
    entry.box.dispatchEvent(new Event("drawn"));
  }

  /* A bar or cell of a page leads to its customers; the table below holds the same links. */
  function open(box) {
    return function (params) {
      var opens = params.data && params.data.opens;
      if (opens && box.dataset.customers) window.location.assign(box.dataset.customers + opens);
    };
  }

  function narrow(made) {
    made.xAxis.splitNumber = 3;
    made.grid.right = Math.min(made.grid.right, 72);
    if (made.legend) { made.legend.itemGap = 10; made.legend.itemWidth = 16; }
    made.series.forEach(function (series) { if (series.endLabel) series.endLabel.width = 62; });
    if (made.visualMap) made.series.forEach(function (series) { narrowCells(series, made.xAxis.data.length); });
  }

  function narrowCells(series, columns) {
    series.label.fontSize = 10;
    if (columns > 8) { series.label.show = false; series.itemStyle.borderWidth = 1; }
    series.data.forEach(function (cell) { cell.label.formatter = cell.label.formatter.replace(setting.symbol, ""); });
  }

  function drawAll() { charts.forEach(function (entry) { if (entry.chart) draw(entry); }); }

  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var source = document.getElementById(box.dataset.chart + "-options");
    charts.push({ box: box, options: JSON.parse(source.textContent), chart: null });
  });

  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      seen.unobserve(entry.target);
      charts.forEach(function (chart) { if (chart.box === entry.target) draw(chart); });
    });
  }, { rootMargin: "400px" });
  charts.forEach(function (entry) { seen.observe(entry.box); });

  new ResizeObserver(function () {
    charts.forEach(function (entry) {
      if (!entry.chart || entry.chart.getWidth() === entry.box.clientWidth) return;
      entry.chart.resize();
      draw(entry);
    });
  }).observe(document.querySelector("main"));

  window.lifeworthCharts = {
    redraw: drawAll,
    of: function (id) {
      return charts.filter(function (entry) { return entry.box.dataset.chart === id; })[0];
    },
    drawEvery: function () { charts.forEach(draw); }
  };
})();
