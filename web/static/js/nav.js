// On a narrow screen the row of pages scrolls by itself: the page that is open is brought into view.
const row = document.querySelector(".site-nav");
const open = row?.querySelector("[aria-current]");
if (open) row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
