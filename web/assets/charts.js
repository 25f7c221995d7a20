// Turns the still pictures of charts into live ones, once they come into view.
//
//   <figure data-chart data-echarts="/vendor/echarts.min.js">
//     <picture><img src="…svg" alt="…"></picture>
//     <script type="application/json" data-width="720" data-height="305">options</script>
//     <script type="application/json" data-width="340" data-height="420">options for a phone</script>
//   </figure>
//
// Of several blocks the widest that fits is drawn. Where anything fails the
// picture stays: it shows the same. On paper it always does, since it is sharp.

// The same as internal/charts/themes.json; a test compares them.
const themes = /* themes */ {
  "light": {
    "darkMode": false,
    "color": [
      "#2d6bad"
    ],
    "textStyle": {
      "color": "#1f2328",
      "fontFamily": "system-ui, 'Noto Sans', sans-serif"
    },
    "title": {
      "textStyle": {
        "color": "#57606a"
      }
    },
    "legend": {
      "textStyle": {
        "color": "#1f2328"
      }
    },
    "valueAxis": {
      "axisLabel": {
        "color": "#57606a"
      },
      "axisLine": {
        "lineStyle": {
          "color": "#8c959f"
        }
      },
      "splitLine": {
        "lineStyle": {
          "color": "#e3e6ea"
        }
      }
    },
    "categoryAxis": {
      "axisLabel": {
        "color": "#1f2328"
      },
      "axisLine": {
        "lineStyle": {
          "color": "#8c959f"
        }
      },
      "axisTick": {
        "lineStyle": {
          "color": "#8c959f"
        }
      }
    },
    "bar": {
      "itemStyle": {
        "borderColor": "#ffffff"
      },
      "label": {
        "color": "#1f2328"
      },
      "markLine": {
        "lineStyle": {
          "color": "#1f2328"
        }
      }
    },
    "line": {
      "markArea": {
        "itemStyle": {
          "color": "#2d6bad",
          "borderColor": "#ffffff"
        }
      }
    },
    "scatter": {
      "label": {
        "color": "#1f2328"
      }
    },
    "tooltip": {
      "backgroundColor": "#ffffff",
      "borderColor": "#8c959f",
      "textStyle": {
        "color": "#1f2328"
      }
    }
  },
  "dark": {
    "darkMode": true,
    "color": [
      "#5b9bdc"
    ],
    "textStyle": {
      "color": "#e6edf3",
      "fontFamily": "system-ui, 'Noto Sans', sans-serif"
    },
    "title": {
      "textStyle": {
        "color": "#a9b3be"
      }
    },
    "legend": {
      "textStyle": {
        "color": "#e6edf3"
      }
    },
    "valueAxis": {
      "axisLabel": {
        "color": "#a9b3be"
      },
      "axisLine": {
        "lineStyle": {
          "color": "#768390"
        }
      },
      "splitLine": {
        "lineStyle": {
          "color": "#343b44"
        }
      }
    },
    "categoryAxis": {
      "axisLabel": {
        "color": "#e6edf3"
      },
      "axisLine": {
        "lineStyle": {
          "color": "#768390"
        }
      },
      "axisTick": {
        "lineStyle": {
          "color": "#768390"
        }
      }
    },
    "bar": {
      "itemStyle": {
        "borderColor": "#16191d"
      },
      "label": {
        "color": "#e6edf3"
      },
      "markLine": {
        "lineStyle": {
          "color": "#e6edf3"
        }
      }
    },
    "line": {
      "markArea": {
        "itemStyle": {
          "color": "#5b9bdc",
          "borderColor": "#16191d"
        }
      }
    },
    "scatter": {
      "label": {
        "color": "#e6edf3"
      }
    },
    "tooltip": {
      "backgroundColor": "#22272e",
      "borderColor": "#768390",
      "textStyle": {
        "color": "#e6edf3"
      }
    }
  }
} /* end of themes */;

const widest = 960; // CSS pixels; beyond that bars only grow longer

const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let library; // the promise of ECharts, asked for by the first chart in view

function loadLibrary(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.async = true;
    script.onload = () => (window.echarts ? resolve(window.echarts) : reject(new Error("ECharts did not start")));
    script.onerror = () => reject(new Error("ECharts did not load"));
    document.head.append(script);
  });
  return library;
}

// readBlocks returns a figure's option blocks, the narrowest first.
function readBlocks(figure) {
  return [...figure.querySelectorAll('script[type="application/json"]')]
    .map((script) => ({ script, width: Number(script.dataset.width), height: Number(script.dataset.height) }))
    .filter((block) => block.width > 0 && block.height > 0)
    .sort((a, b) => a.width - b.width);
}

function fitting(blocks, width) {
  return blocks.findLast((block) => block.width <= width) ?? blocks[0];
}

function readOptions(block) {
  const options = JSON.parse(block.script.textContent);
  if (calm.matches) {
    options.animation = false;
    options.stateAnimation = { duration: 0 };
  }
  return options;
}

class LiveChart {
  constructor(figure, echarts) {
    this.figure = figure;
    this.echarts = echarts;
    this.still = figure.querySelector("picture, img");
    this.blocks = readBlocks(figure);
    if (this.blocks.length === 0) throw new Error("the chart has no options");
    this.ground = document.createElement("div");
    this.ground.className = "chart-live";
    this.ground.dir = "ltr"; // ECharts places everything itself; right-to-left is in the options
  }

  // draw starts over: ECharts takes its colours only at the start.
  draw() {
    const width = this.width(); // before the picture makes room
    this.block = fitting(this.blocks, width);
    const options = readOptions(this.block);
    this.chart?.dispose();
    this.resizeGround(width);
    if (!this.ground.isConnected) this.still.after(this.ground);
    this.chart = this.echarts.init(this.ground, dark.matches ? themes.dark : themes.light, { renderer: "canvas" });
    this.chart.setOption(options);
    this.still.hidden = true;
  }

  width() {
    return Math.min(this.figure.clientWidth || this.blocks[0].width, widest);
  }

  resizeGround(width) {
    this.ground.style.width = `${width}px`;
    this.ground.style.height = `${this.block.height}px`;
  }

  resize() {
    if (!this.chart) return; // drawing has failed before
    const width = this.width();
    if (width === this.ground.clientWidth && this.block === fitting(this.blocks, width)) return;
    const block = fitting(this.blocks, width);
    if (block !== this.block) {
      this.block = block;
      this.chart.setOption(readOptions(block), { notMerge: true });
    }
    this.resizeGround(width);
    this.chart.resize();
  }

  follow() {
    let asked = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => this.guard(() => this.resize()));
    }).observe(this.figure);
    dark.addEventListener("change", () => this.guard(() => this.draw()));
    calm.addEventListener("change", () => this.guard(() => this.draw()));
    addEventListener("beforeprint", () => this.show(false));
    addEventListener("afterprint", () => this.show(true));
  }

  show(live) {
    if (!this.chart) return;
    this.ground.hidden = !live;
    this.still.hidden = live;
  }

  // guard gives the picture back when drawing fails.
  guard(work) {
    try {
      work();
    } catch (error) {
      this.chart?.dispose();
      this.chart = undefined;
      this.ground.remove();
      this.still.hidden = false;
      console.warn("chart:", error);
    }
  }
}

async function start(figure) {
  try {
    const echarts = await loadLibrary(figure.dataset.echarts);
    const live = new LiveChart(figure, echarts);
    live.guard(() => {
      live.draw();
      live.follow();
    });
  } catch (error) {
    console.warn("chart:", error); // the picture stands where it stood
  }
}

// watch starts the charts inside root as they come into view.
export function watch(root = document) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer.unobserve(entry.target);
        start(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  for (const figure of root.querySelectorAll("figure[data-chart][data-echarts]")) observer.observe(figure);
}

watch();
