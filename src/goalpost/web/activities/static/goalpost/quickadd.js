// An activity is added from any page with the key A; on the page of activities N leads to its line.

const isTyping = (target) => target.closest?.('input, select, textarea, [contenteditable]');

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
  if (document.querySelector('dialog[open], details.menu[open]')) return;
  const key = event.key.toLowerCase();
  const line = document.querySelector('#quick-add [data-line]');
  if (key === 'n' && line) {
    event.preventDefault();
    line.focus();
  } else if (key === 'a') {
    event.preventDefault();
    const { activityDeal } = document.querySelector('[data-activity-deal]')?.dataset ?? {};
    const address = document.getElementById('add-activity').getAttribute('hx-get');
    const deal = activityDeal ? `&deal=${activityDeal}` : '';
    htmx.ajax('GET', address + deal, { target: '#dialog-slot', source: '#add-activity' });
  }
});

// An answer rewrites the line; what it means then is asked anew. Without scripts the button sends the line.
addEventListener('click', (event) => {
  const answer = event.target.closest?.('[data-answer-line]');
  const line = answer?.form?.querySelector('[data-line]');
  if (!line) return;
  event.preventDefault();
  line.value = answer.value;
  line.dispatchEvent(new Event('input', { bubbles: true }));
  line.focus();
});
