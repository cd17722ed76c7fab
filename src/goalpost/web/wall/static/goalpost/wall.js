// A screen on a wall: it asks whether anything has changed, turns through its scenes, and recovers by itself.

const ASK_EVERY = 5_000;
const LONGEST_PAUSE = 60_000;
const PATIENCE = 15_000;
const ASLEEP_AFTER = 15_000;
const MOST_REMEMBERED = 200;
const CELEBRATED = "goalpost-wall-celebrated";

/** Some of a time, so that many screens do not ask at the same moment. */
const jitter = (milliseconds) => milliseconds * (0.75 + Math.random() / 2);
const filled = (words, parts) => words.replace(/\{(\w+)\}/g, (_all, name) => parts[name]);
const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

async function ask(url, tag) {
  return fetch(url, {
    headers: tag ? { "If-None-Match": tag } : {},
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
}

// ---------- A screen that waits to be paired ----------

function waitToBePaired(pairing) {
  const ends = Date.now() + Number(pairing.dataset.seconds) * 1000;
  const left = pairing.querySelector("[data-left]");
  const tick = () => {
    const seconds = Math.max(Math.ceil((ends - Date.now()) / 1000), 0);
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const look = async () => {
    try {
      const answer = await ask(pairing.dataset.url);
      // Paired, or the code has run out: only a server that answers can show the next page.
      if (answer.ok || (answer.status < 500 && Date.now() >= ends)) {
        location.reload();
        return;
      }
    } catch {
      // No connection: asked again below.
    }
    setTimeout(look, jitter(3_000));
  };
  tick();
  setInterval(tick, 1_000);
  setTimeout(look, jitter(3_000));
}

// ---------- A paired screen ----------

class Wall {
  constructor(root) {
    this.root = root;
    this.heard = Date.now();
    this.failures = 0;
    this.offset = 0;
    this.at = 0;
    this.sceneEnds = 0;
    this.queue = [];
    this.celebratesUntil = 0;
    this.lastTick = Date.now();
    this.asking = false;
    this.begin();
    this.plan(jitter(ASK_EVERY));
    setInterval(() => this.tick(), 1_000);
    addEventListener("online", () => this.askNow());
    addEventListener("pageshow", () => this.askNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.askNow());
  }

  get data() {
    return this.root.dataset;
  }

  get scenes() {
    return [...this.root.querySelectorAll("[data-scene]")];
  }

  /** Take in what the server has drawn: what is newly reached is celebrated, once on this screen. */
  begin() {
    const keys = [...this.root.querySelectorAll("[data-reached]")].map((goal) => goal.dataset.reached);
    let known = null;
    try {
      known = JSON.parse(localStorage.getItem(CELEBRATED));
    } catch {
      // Kept by another version, or nothing may be kept.
    }
    if (Array.isArray(known)) {
      const news = keys.filter((key) => !known.includes(key));
      this.queue.push(...news.filter((key) => !this.queue.includes(key)));
      known = [...known, ...news];
    } else {
      known = keys;
    }
    try {
      localStorage.setItem(CELEBRATED, JSON.stringify(known.slice(-MOST_REMEMBERED)));
    } catch {
      // Without storage a reload celebrates nothing again: it begins by knowing all.
    }
    this.at = Math.min(this.at, this.scenes.length - 1);
    this.show();
  }

  /** Show one scene, or the goal that is being celebrated. */
  show() {
    const goal = this.celebratesUntil ? this.queue[0] : undefined;
    this.scenes.forEach((scene, at) => {
      scene.hidden = Boolean(goal) || at !== this.at;
    });
    each(this.root, "[data-reached]", (one) => {
      one.hidden = one.dataset.reached !== goal;
    });
    this.write();
  }

  tick() {
    const now = Date.now();
    if (now - this.lastTick > ASLEEP_AFTER) {
      this.askNow();
    }
    this.lastTick = now;
    if (this.celebratesUntil) {
      if (now >= this.celebratesUntil) {
        this.queue.shift();
        this.celebratesUntil = 0;
        this.show();
      }
    } else if (this.queue.length) {
      if (this.root.querySelector(`[data-reached="${CSS.escape(this.queue[0])}"]`)) {
        this.celebratesUntil = now + Number(this.data.celebrationSeconds) * 1000;
      } else {
        this.queue.shift();
      }
      this.show();
    } else if (now >= this.sceneEnds) {
      this.turn(now);
    }
    this.write();
  }

  turn(now) {
    const scenes = this.scenes;
    if (this.sceneEnds && scenes.length > 1) {
      this.at = (this.at + 1) % scenes.length;
    }
    this.sceneEnds = now + Number(scenes[this.at].dataset.seconds) * 1000;
    this.show();
  }

  /** Write the clock, when the numbers were counted and, without a connection, how old they are. */
  write() {
    const now = Date.now();
    const zone = { timeZone: this.data.zone };
    // Days are written as on the pages: 1 Dec.
    const language = document.documentElement.lang === "en" ? "en-IE" : document.documentElement.lang;
    const clock = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const day = new Intl.DateTimeFormat(language, { ...zone, weekday: "short", day: "numeric", month: "short" });
    const today = now + this.offset;
    const counted = clock.format(this.heard + this.offset);
    const minutes = Math.floor((now - this.heard) / 60_000);
    const words = {
      clock: `${day.format(today)}, ${clock.format(today)}`,
      counted: filled(this.data.counted, { clock: counted }),
      since: filled(this.data.since, { moment: counted }),
      age: filled(minutes === 1 ? this.data.ageOne : this.data.age, { minutes }),
      next: filled(this.data.next, { seconds: Math.max(Math.round((this.next - now) / 1000), 0) }),
      back: filled(this.data.back, { seconds: Math.max(Math.ceil((this.celebratesUntil - now) / 1000), 0) }),
    };
    for (const [name, text] of Object.entries(words)) {
      each(this.root, `[data-${name}]:not(#wall)`, (place) => {
        place.textContent = text;
      });
    }
  }

  plan(milliseconds) {
    clearTimeout(this.timer);
    this.next = Date.now() + milliseconds;
    this.timer = setTimeout(() => this.askNow(), milliseconds);
  }

  async askNow() {
    if (this.asking) {
      return;
    }
    this.asking = true;
    try {
      const answer = await ask(this.data.url, this.data.tag);
      if (answer.status === 304) {
        this.hear(answer);
      } else if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        this.hear(answer);
        this.take(page.getElementById("wall"));
      } else if (answer.status === 403) {
        location.reload(); // unpaired: the page shows a code
      } else {
        throw new Error(`The server answers ${answer.status}.`);
      }
      this.plan(jitter(ASK_EVERY));
    } catch {
      this.failures += 1;
      this.data.state = this.failures > 1 ? "lost" : this.data.state;
      this.plan(jitter(Math.min(ASK_EVERY * 2 ** (this.failures - 1), LONGEST_PAUSE)));
    } finally {
      this.asking = false;
    }
    this.write();
  }

  hear(answer) {
    this.heard = Date.now();
    this.failures = 0;
    this.data.state = "live";
    const told = Date.parse(answer.headers.get("Date"));
    this.offset = Number.isNaN(told) || Math.abs(told - this.heard) < 30_000 ? 0 : told - this.heard;
  }

  take(fresh) {
    if (fresh.dataset.release !== this.data.release) {
      location.reload(); // a new version of the product: its styles and scripts have other names
      return;
    }
    const root = document.adoptNode(fresh);
    this.root.replaceWith(root);
    this.root = root;
    this.begin();
  }
}

const pairing = document.getElementById("pairing");
const root = document.getElementById("wall");
if (pairing) {
  waitToBePaired(pairing);
} else if (root) {
  new Wall(root);
}
