// Cards of the board are moved by dragging, or picked up with Space and moved with the arrow keys. The server
// answers with the card where it is then, the heads of the columns and a toast; the menu of a card needs none of this.

const board = document.getElementById('board');
const ends = document.getElementById('board-ends');
const spoken = document.getElementById('board-spoken');
const places = () => [...board.querySelectorAll('.stage'), ...ends.querySelectorAll('[data-to]')];

let picked = null; // { card, from, to, byKeys }
let slot = null;

const say = (words, place) => {
  const { deal } = picked;
  spoken.textContent = words.replace('{title}', deal).replace('{place}', place.dataset.name);
};

const mark = (place) => {
  for (const each of places()) each.classList.toggle('is-over', each === place);
  slot?.remove();
  slot = null;
  if (place?.matches('.stage') && place !== picked.from) {
    slot = document.createElement('li');
    slot.className = 'deal deal--slot';
    slot.setAttribute('aria-hidden', 'true');
    place.querySelector('.stage__cards').prepend(slot);
  }
};

const pickUp = (card, byKeys) => {
  const from = card.closest('.stage');
  picked = { card, from, to: from, byKeys, deal: card.querySelector('.deal__name').textContent.trim() };
  card.classList.add('is-picked');
  card.classList.toggle('is-lifted', byKeys);
  ends.hidden = false;
};

const letGo = () => {
  mark(null);
  picked?.card.classList.remove('is-picked', 'is-lifted');
  picked = null;
  ends.hidden = true;
};

const drop = (place) => {
  const { card, from } = picked;
  letGo();
  if (!place || place === from) return;
  const address = board.dataset.address.replace('/0/', `/${card.dataset.deal}/`);
  const { to } = place.dataset;
  if (to === 'lost') {
    const asked = new URLSearchParams({ to, board: location.search.slice(1) });
    htmx.ajax('GET', `${address}?${asked}`, { target: '#dialog-slot', source: card.querySelector('.deal__move') });
    return;
  }
  const values = { to, seen: card.dataset.seen, board: location.search.slice(1) };
  htmx.ajax('POST', address, { target: '#dialog-slot', source: board, values });
};

// The card that was moved keeps the focus where it is then, or the board if it left.
board.closest('body').addEventListener('htmx:afterSettle', ({ detail }) => {
  const path = detail.requestConfig?.path ?? '';
  const number = detail.requestConfig?.verb === 'post' && path.match(/\/deals\/(\d+)\/move$/)?.[1];
  if (!number || document.querySelector('dialog[open]')) return;
  (document.querySelector(`#deal-${number} .deal__name`) ?? board).focus();
});

board.addEventListener('dragstart', (event) => {
  const card = event.target.closest?.('.deal[data-deal]');
  if (!card) return;
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', card.querySelector('.deal__name').href);
  pickUp(card, false);
});
for (const area of [board, ends]) {
  area.addEventListener('dragover', (event) => {
    const place = event.target.closest?.('[data-to]');
    if (!picked || !place) return;
    event.preventDefault();
    if (place !== picked.to) {
      picked.to = place;
      mark(place);
    }
  });
  area.addEventListener('drop', (event) => {
    if (!picked) return;
    event.preventDefault();
    drop(event.target.closest('[data-to]'));
  });
}
board.addEventListener('dragend', letGo);

const step = (by) => {
  const all = places();
  const next = all[all.indexOf(picked.to) + by];
  if (!next) return;
  picked.to = next;
  mark(next);
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  say(board.dataset.over, next);
};

board.addEventListener('keydown', (event) => {
  if (!picked) {
    const card = event.key === ' ' && event.target.closest?.('.deal[data-deal]');
    if (!card) return;
    event.preventDefault();
    pickUp(card, true);
    say(board.dataset.picked, picked.from);
    return;
  }
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (by) step(by);
  else if (event.key === 'Enter' || event.key === ' ') drop(picked.to);
  else if (event.key === 'Escape') {
    say(board.dataset.back, picked.from);
    letGo();
  } else return;
  event.preventDefault();
});

// Who leaves the card has not dropped it.
board.addEventListener('focusout', (event) => {
  if (picked?.byKeys && !picked.card.contains(event.relatedTarget)) letGo();
});
