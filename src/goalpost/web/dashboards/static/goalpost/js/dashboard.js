// Tiles are moved and sized by their handle: with the pointer, or with keys. Saved at the drop; when that fails,
// they are put back. The menu of each tile does the same without script.

const grid = document.getElementById('tiles');
const spoken = document.getElementById('spoken');
const words = document.getElementById('spoken-words')?.dataset;
let picked = null;

const tiles = () => [...grid.querySelectorAll('[data-tile]')];
const nameOf = (tile) => tile.querySelector('h2').textContent.trim();

const say = (what, tile) => {
  spoken.hidden = false;
  spoken.textContent = words[what]
    .replace('{tile}', nameOf(tile))
    .replace('{place}', String(tiles().indexOf(tile) + 1))
    .replace('{all}', String(tiles().length))
    .replace('{width}', tile.dataset.width);
};

const resize = (tile, width, height) => {
  tile.dataset.width = Math.min(Math.max(width, 3), 12);
  tile.dataset.height = Math.min(Math.max(height, 1), 3);
};

const pickUp = (tile) => {
  picked = { tile, before: tiles(), width: Number(tile.dataset.width), height: Number(tile.dataset.height) };
  tile.classList.add('tile--picked');
  say('picked', tile);
};

const restore = ({ tile, before, width, height }) => {
  grid.append(...before);
  resize(tile, width, height);
};

const end = () => {
  const was = picked;
  picked?.tile.classList.remove('tile--picked');
  picked = null;
  return was;
};

const putBack = () => {
  const was = end();
  restore(was);
  say('back', was.tile);
  was.tile.querySelector('[data-grip]').focus();
};

const drop = async () => {
  const was = end();
  was.tile.querySelector('[data-grip]').focus();
  const order = tiles().map(({ dataset }) => `${dataset.tile}:${dataset.width}:${dataset.height}`).join(' ');
  const { 'X-CSRFToken': token } = JSON.parse(document.body.getAttribute('hx-headers'));
  try {
    const answer = await fetch(grid.dataset.arrange, {
      method: 'POST',
      headers: { 'X-CSRFToken': token },
      body: new URLSearchParams({ order, version: grid.dataset.version }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { version } = await answer.json();
    grid.dataset.version = version;
    for (const button of document.querySelectorAll('[data-undo-version]')) button.value = version;
    say('dropped', was.tile);
  } catch {
    restore(was);
    say('failed', was.tile);
  }
};

const step = (tile, by) => {
  const other = by < 0 ? tile.previousElementSibling : tile.nextElementSibling;
  if (!other) return;
  if (by < 0) other.before(tile);
  else other.after(tile);
};

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

grid?.addEventListener('keydown', (event) => {
  const grip = event.target.closest('[data-grip]');
  if (!grip) return;
  const tile = grip.closest('[data-tile]');
  const isHeld = picked?.tile === tile;
  if (event.key === ' ' || event.key === 'Enter') {
    if (isHeld) drop();
    else pickUp(tile);
  } else if (isHeld && event.key === 'Escape') {
    putBack();
  } else if (isHeld && KEYS[event.key]) {
    const [across, down] = KEYS[event.key];
    if (event.shiftKey) resize(tile, Number(tile.dataset.width) + across, Number(tile.dataset.height) + down);
    else step(tile, across || down);
    grip.focus();
    say('moved', tile);
  } else {
    return;
  }
  event.preventDefault();
});

grid?.addEventListener('focusout', (event) => {
  // Moving a tile takes the focus from its handle for a moment; leaving it puts the tile back.
  if (picked && !picked.pointer && event.relatedTarget && !picked.tile.contains(event.relatedTarget)) putBack();
});

grid?.addEventListener('pointerdown', (event) => {
  const grip = event.target.closest('[data-grip]');
  if (!grip || event.button !== 0 || picked) return;
  event.preventDefault();
  pickUp(grip.closest('[data-tile]'));
  picked.pointer = event.pointerId;
});

addEventListener('pointermove', (event) => {
  if (picked?.pointer !== event.pointerId) return;
  const { tile } = picked;
  const over = document.elementsFromPoint(event.clientX, event.clientY)
    .map((each) => each.closest?.('[data-tile]')).find((each) => each && each !== tile);
  if (!over || over === picked.over) return;
  picked.over = over;
  if (tiles().indexOf(over) < tiles().indexOf(tile)) over.before(tile);
  else over.after(tile);
});

addEventListener('pointerup', (event) => {
  if (picked?.pointer === event.pointerId) drop();
});
addEventListener('pointercancel', (event) => {
  if (picked?.pointer === event.pointerId) putBack();
});
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && picked?.pointer !== undefined) putBack();
});
