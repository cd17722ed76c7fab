// Charts: Vega draws the picture, the page's own links lie over its columns (see goals/chart.html).
// Redrawn for another theme, width or narrow screen. Colours come from the theme's config, never from here.

const TOOLTIP_DELAY = 80;
const NARROW_HEIGHT = 210;

// As wide as an A4 page has room for, in the pixels of print.
const PAPER_WIDTH = 640;

const narrow = matchMedia('(max-width: 40rem)');
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const themeNow = () => document.documentElement.dataset.theme ?? (systemIsDark.matches ? 'dark' : 'light');

// Loaded with the first chart and kept: the library is large.
let parts;
const load = (box) => {
  parts ??= Promise.all([
    import(box.dataset.library).then((module) => module.default),
    fetch(box.dataset.config).then((response) => response.json()),
  ]);
  return parts;
};

const withParams = (spec, values) => ({
  ...spec,
  params: spec.params.map((param) => (param.name in values ? { ...param, value: values[param.name] } : param)),
});

class Chart {
  constructor(box) {
    this.box = box;
    this.drawing = box.querySelector('.chartbox__drawing');
    this.columns = [...box.querySelectorAll('a[data-period]')];
    this.tooltip = box.querySelector('.tooltip');
    this.spec = JSON.parse(box.querySelector('script[type="application/json"]').textContent);
    this.selected = document.querySelector('.records')?.dataset.period
      ?? this.spec.params.find((param) => param.name === 'selected').value;
    this.width = 0;
    this.turn = 0;
    this.listen();
    this.observer = new ResizeObserver(([entry]) => {
      if (Math.round(entry.contentRect.width) !== this.width) this.draw();
    });
    this.observer.observe(box);
  }

  async draw() {
    this.turn += 1;
    const { turn } = this;
    this.width = Math.round(this.box.getBoundingClientRect().width);
    try {
      const [embed, configs] = await load(this.box);
      if (turn !== this.turn || !this.box.isConnected) return;
      const spec = withParams(this.spec, { narrow: narrow.matches, selected: this.selected });
      if (narrow.matches) spec.height = NARROW_HEIGHT;
      const result = await embed(this.drawing, spec, {
        mode: 'vega-lite', config: configs[themeNow()], renderer: 'svg', ast: true,
        actions: false, tooltip: false, defaultStyle: false,
      });
      if (turn !== this.turn) {
        result.finalize();
        return;
      }
      this.view?.finalize();
      this.view = result.view;
      this.place();
      this.drawForPaper(embed, configs);
    } catch (error) {
      if (turn === this.turn) this.fail();
      throw error;
    }
  }

  // Paper is white and wide. Where the screen is not, a second drawing waits for it: printing waits for none.
  async drawForPaper(embed, configs) {
    const paper = this.box.querySelector('.chartbox__paper');
    if (themeNow() !== 'dark' && !narrow.matches) {
      paper.replaceChildren();
      return;
    }
    const spec = { ...withParams(this.spec, { selected: null }), width: PAPER_WIDTH };
    const { view } = await embed(paper, spec, {
      mode: 'vega-lite', config: configs.light, renderer: 'svg', ast: true,
      actions: false, tooltip: false, defaultStyle: false,
    });
    view.finalize();
  }

  // Lay each link over its column, as high as the chart.
  place() {
    const [left, top] = this.view.origin();
    const padding = this.view.padding();
    const x = this.view.scale('x');
    const step = this.view.width() / this.columns.length;
    for (const column of this.columns) {
      const hit = column.querySelector('.hit');
      const middle = left + padding.left + x(column.dataset.period) + x.bandwidth() / 2;
      hit.setAttribute('x', middle - step / 2);
      hit.setAttribute('y', top + padding.top);
      hit.setAttribute('width', step);
      hit.setAttribute('height', this.view.height());
    }
  }

  listen() {
    const now = this.spec.params.find((param) => param.name === 'now').value;
    const columnOf = (period) => this.columns.find((column) => column.dataset.period === period);
    this.rove(columnOf(this.selected) ?? columnOf(now) ?? this.columns.at(-1));
    for (const column of this.columns) {
      // Moving, not entering: the page may shift under a pointer that rests.
      column.addEventListener('mousemove', () => this.hovered === column || this.hover(column));
      column.addEventListener('focus', () => this.hover(column));
      for (const name of ['mouseleave', 'blur']) column.addEventListener(name, () => this.hover(null));
      column.addEventListener('click', () => this.hover(null));
      column.addEventListener('keydown', (event) => this.move(event, column));
    }
  }

  // One column is a stop of the Tab key, the arrow keys lead to the others.
  rove(current) {
    for (const column of this.columns) column.setAttribute('tabindex', column === current ? '0' : '-1');
  }

  move(event, column) {
    const at = this.columns.indexOf(column);
    const last = this.columns.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined || !this.columns[to]) return;
    event.preventDefault();
    this.rove(this.columns[to]);
    this.columns[to].focus();
  }

  hover(column) {
    clearTimeout(this.timer);
    this.hovered = column;
    this.signal('hovered', column?.dataset.period ?? null);
    if (!column) {
      this.tooltip.hidden = true;
      return;
    }
    this.timer = setTimeout(() => this.tell(column), TOOLTIP_DELAY);
  }

  // The words are the server's: one template for each period.
  tell(column) {
    const words = this.box.querySelector(`template[data-tip="${column.dataset.period}"]`);
    if (!words || !column.isConnected) return;
    this.tooltip.replaceChildren(words.content.cloneNode(true));
    this.tooltip.hidden = false;
    const box = this.box.getBoundingClientRect();
    const hit = column.querySelector('.hit').getBoundingClientRect();
    const width = this.tooltip.offsetWidth;
    const after = hit.right - box.left;
    const fits = after + width <= box.width;
    const left = fits ? after : Math.max(0, hit.left - box.left - width);
    this.tooltip.style.left = `${left}px`;
    this.tooltip.style.top = `${-this.tooltip.offsetHeight * 0.1}px`;
  }

  choose(period) {
    this.selected = period;
    this.signal('selected', period);
  }

  signal(name, value) {
    if (this.view) this.view.signal(name, value).runAsync();
  }

  fail() {
    const box = this.box.querySelector('template[data-chart-error]').content.cloneNode(true);
    box.querySelector('button').addEventListener('click', () => {
      parts = undefined;
      this.draw();
    });
    this.drawing.replaceChildren(box);
  }

  end() {
    this.observer.disconnect();
    this.view?.finalize();
  }
}

const charts = new Map();

const find = () => {
  for (const [box, chart] of charts) {
    if (box.isConnected) continue;
    chart.end();
    charts.delete(box);
  }
  for (const box of document.querySelectorAll('[data-chart]')) {
    if (!charts.has(box)) charts.set(box, new Chart(box));
  }
};

const redraw = () => charts.forEach((chart) => chart.draw());

addEventListener('goalpost:theme', redraw);
narrow.addEventListener('change', redraw);
addEventListener('goalpost:period', (event) => charts.forEach((chart) => chart.choose(event.detail)));
document.addEventListener('htmx:afterSettle', find);
// After another time range the focus is where it was chosen, or at the field at fault.
document.addEventListener('htmx:afterSettle', (event) => {
  if (event.detail.target?.id !== 'chart') return;
  const chart = document.getElementById('chart');
  (chart.querySelector('[autofocus]') ?? chart.querySelector('#chart-range')).focus();
});
find();
