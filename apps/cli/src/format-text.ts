import { shorten } from "@faultline/orchestrator/incidents/plain-text";
import { createColors } from "picocolors";
import type { Item, Outline, Section } from "./report-outline.ts";

export interface TextOptions {
	/** Columns to fit into. */
	width: number;
	colour: boolean;
}

const LABEL = 8;

/** A report for a terminal: the five lines first, one line each, then the rest, folded to the width. */
export function formatText(outline: Outline, { width, colour }: TextOptions): string {
	const c = createColors(colour);
	const head = outline.head.map(({ label, text }) => `${c.bold(label.padEnd(LABEL))}${shorten(text, width - LABEL)}`);
	const title = outline.title === "" ? [] : ["", ...fold(outline.title, width, "").map(c.bold)];
	const summary = outline.summary === "" || outline.summary === outline.title ? [] : fold(outline.summary, width, "");
	const body = outline.sections.flatMap((section) => [
		"",
		c.bold(section.title),
		...briefly(section).flatMap((item, i) => itemLines(item, section.ordered ? `${i + 1}.` : "-", width, c)),
	]);
	return `${[...head, ...title, ...summary, ...body, "", ...fold(outline.foot, width, "").map(c.dim)].join("\n")}\n`;
}

function briefly({ items, brief = items.length }: Section): Item[] {
	const left = items.length - brief;
	return left <= 0 ? items : [...items.slice(0, brief), { text: `${left} more; --format markdown, html or json has them` }];
}

function itemLines(item: Item, bullet: string, width: number, c: ReturnType<typeof createColors>): string[] {
	const indent = " ".repeat(bullet.length + 3);
	const refs = item.refs === undefined || item.refs.length === 0 ? "" : ` [${item.refs.join(", ")}]`;
	const lines = fold(`  ${bullet} ${item.text}${refs}`, width, indent);
	if (item.quote !== undefined) lines.push(...fold(`${indent}"${item.quote}"`, width, indent).map(c.dim));
	for (const detail of item.detail ?? []) lines.push(...fold(`${indent}${detail}`, width, `${indent}  `));
	// An address is not folded: it must stay one thing to click or copy.
	if (item.url !== undefined) lines.push(`${indent}${c.underline(item.url)}`);
	return lines;
}

/** Words folded into lines of at most `width` characters; a longer word is broken. Following lines start with `indent`. */
export function fold(text: string, width: number, indent: string): string[] {
	const lines: string[] = [];
	let line = /^ */.exec(text)?.[0] ?? "";
	let empty = true;
	for (const word of text.trim().split(" ")) {
		let rest = word;
		if (!empty && line.length + 1 + rest.length > width) {
			lines.push(line);
			line = indent;
			empty = true;
		}
		while (empty && line.length + rest.length > width) {
			const room = Math.max(1, width - line.length);
			lines.push(line + rest.slice(0, room));
			rest = rest.slice(room);
			line = indent;
		}
		line += empty ? rest : ` ${rest}`;
		empty = false;
	}
	lines.push(line);
	return lines;
}
