import type { Item, Outline, Section } from "./report-outline.ts";

/** A report as Markdown, for an issue, a chat or a postmortem. Nothing of the telemetry can become a link, an image, a mention, a tag or a heading. */
export function formatMarkdown(outline: Outline): string {
	const head = outline.head.map(({ label, text }) => `- **${label}:** ${escapeMarkdown(text)}`);
	const title = outline.title === "" ? "Incident report" : outline.title;
	const parts = [
		`# ${escapeMarkdown(title)}`,
		head.join("\n"),
		escapeMarkdown(outline.summary),
		...outline.sections.map(section),
		`<sub>${escapeMarkdown(outline.foot)}</sub>`,
	];
	return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section({ title, ordered, items }: Section): string {
	return [`## ${title}`, "", ...items.flatMap((one, i) => item(one, ordered ? `${i + 1}.` : "-"))].join("\n");
}

function item({ text, quote, refs, detail, url }: Item, bullet: string): string[] {
	const indent = " ".repeat(bullet.length + 1);
	const cited = refs === undefined || refs.length === 0 ? "" : ` \\[${refs.join(", ")}\\]`;
	const link = url === undefined ? "" : ` ([source](<${url.replace(/[<>\s\\]/g, encodeURIComponent)}>))`;
	const lines = [`${bullet} ${escapeMarkdown(text)}${cited}${link}`];
	if (quote !== undefined && quote !== "") lines.push(`${indent}- ${codeSpan(quote)}`);
	for (const line of detail ?? []) lines.push(`${indent}- ${escapeMarkdown(line)}`);
	return lines;
}

/** One line of text as itself: every character that could start markup is escaped, and what GitHub turns into links or mentions is broken up. */
export function escapeMarkdown(text: string): string {
	return text
		.replace(/[\\`*_{}[\]<>|~#$&]/g, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : c === "&" ? "&amp;" : `\\${c}`))
		.replace(/!(?=\\\[)/g, "\\!")
		.replace(/^([-+=]|\d+[.)])/, "\\$1")
		.replace(/@(?=\w)/g, "@\u2060")
		.replace(/\b(https?|ftp|mailto|xmpp):/gi, "$1\u2060:")
		.replace(/\bwww\./gi, "www\u2060.");
}

/** Words of a source as code: inside it nothing is markup. The fence is longer than any run of backticks within. */
export function codeSpan(text: string): string {
	const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), (m) => m[0].length));
	const fence = "`".repeat(longest + 1);
	return `${fence} ${text} ${fence}`;
}
