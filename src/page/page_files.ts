/** How the page looks: large lines to tap, light and dark as the device is set, nothing wider than 360 pixels. */
export const PAGE_CSS = `:root { font: 18px/1.4 system-ui, sans-serif; color-scheme: light dark; }
body { margin: 0 auto; max-width: 40rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; }
ul { list-style: none; margin: 0; padding: 0; }
li > * { display: block; margin: 0 0 .75rem; padding: .9rem 1rem; border: 1px solid GrayText; border-radius: .75rem;
  color: inherit; text-decoration: none; }
a:hover, a:focus { border-color: LinkText; }
a span { color: LinkText; }
b, span, small { display: block; }
footer { margin-top: 2rem; }
svg { width: 12rem; max-width: 100%; }
`;

/** Fetches the list anew when the page is told that it changed. */
export const PAGE_JS = `"use strict";
new EventSource("/events").onmessage = async () => {
  const answer = await fetch("/list");
  if (answer.ok) document.getElementById("list").innerHTML = await answer.text();
};
`;
