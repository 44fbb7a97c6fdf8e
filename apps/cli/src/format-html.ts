import type { Item, Outline, Section } from "./report-outline.ts";

/** A report as one page that needs nothing else: no script, no font, no image, nothing fetched; its policy forbids the browser to. */
export function formatHtml(outline: Outline): string {
	const title = escapeHtml(outline.title === "" ? "Incident report" : outline.title);
	const head = outline.head.map(({ label, text }) => `<dt>${label}</dt><dd>${escapeHtml(text)}</dd>`).join("\n");
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<dl>
${head}
</dl>
${outline.summary === "" ? "" : `<p>${escapeHtml(outline.summary)}</p>`}
${outline.sections.map(section).join("\n")}
<footer>${escapeHtml(outline.foot)}</footer>
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: 5rem 1fr; gap: .25rem 1rem; padding: 1rem; border: 1px solid #8886; border-radius: .5rem; }
dt { font-weight: 600; } dd { margin: 0; }
li { margin: .35rem 0; overflow-wrap: anywhere; }
.refs { opacity: .75; font-size: .875em; white-space: nowrap; }
code { display: block; padding: .25rem .5rem; background: #8882; border-radius: .25rem; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin: 3rem 0 1rem; opacity: .75; font-size: .875rem; }`;

function section({ title, ordered, items }: Section): string {
	const tag = ordered ? "ol" : "ul";
	return `<section>\n<h2>${escapeHtml(title)}</h2>\n<${tag}>\n${items.map(item).join("\n")}\n</${tag}>\n</section>`;
}

function item({ text, quote, refs, detail, url }: Item): string {
	const cited = refs === undefined || refs.length === 0 ? "" : ` <span class="refs">[${escapeHtml(refs.join(", "))}]</span>`;
	const link = url === undefined ? "" : ` <a href="${escapeHtml(url)}" rel="noopener noreferrer">source</a>`;
	const quoted = quote === undefined || quote === "" ? "" : `<code>${escapeHtml(quote)}</code>`;
	const below = detail === undefined || detail.length === 0 ? "" : `<ul>${detail.map((d) => `<li>${escapeHtml(d)}</li>`).join("")}</ul>`;
	return `<li>${escapeHtml(text)}${cited}${link}${quoted}${below}</li>`;
}

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`);
}
