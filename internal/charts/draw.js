// Draws ECharts options as an SVG text, outside any browser. `measure` is the
// host's; everything else is ECharts' own.
(function () {
  "use strict";
  // Only animation and hovering wait for time to pass; a static picture has neither.
  globalThis.setTimeout = globalThis.setInterval = function () { return 0; };
  globalThis.clearTimeout = globalThis.clearInterval = function () {};
  echarts.setPlatformAPI({
    measureText: function (text, font) { return { width: measure(String(text), String(font)) }; }
  });
  return function (options, theme, width, height) {
    var chart = echarts.init(null, JSON.parse(theme), { renderer: "svg", ssr: true, width: width, height: height });
    try {
      chart.setOption(JSON.parse(options));
      return chart.renderToSVGString({ useViewBox: true });
    } finally {
      chart.dispose();
    }
  };
})();
