import { type IncidentGraph, IncidentReport } from "@faultline/contracts";
import { answerQuestion } from "@faultline/orchestrator/incidents/answer-question";
import { buildReport, HOSTILE, hostileReport } from "@faultline/orchestrator/testing/build-report";
import { describe, expect, it } from "vitest";
import { formatAnswer } from "./format-answer.ts";
import { formatDoctor } from "./format-doctor.ts";
import { codeSpan, escapeMarkdown } from "./format-markdown.ts";
import { FORMATS, formatReport } from "./format-report.ts";
import { fold } from "./format-text.ts";

const PLAIN = { width: 100, colour: false };

describe("text", () => {
	it("begins with the five lines, each one line, whatever their length", () => {
		const text = formatReport(buildReport({ impact: "word ".repeat(100) }), "text", PLAIN);
		expect(
			text
				.split("\n")
				.slice(0, 5)
				.map((l) => l.slice(0, 8).trim()),
		).toEqual(["Status", "Cause", "Impact", "Change", "Next"]);
		expect(text).toContain("Status  incident · high severity · likely\nCause   checkout: it throws since the deploy\n");
		expect(
			text
				.split("\n")
				.slice(0, 5)
				.every((line) => line.length <= PLAIN.width),
		).toBe(true);
	});

	it.each([80, 100])("fits %d columns, addresses apart", (width) => {
		for (const report of [buildReport(), hostileReport()]) {
			const lines = formatReport(report, "text", { width, colour: false }).split("\n");
			expect(lines.filter((l) => l.length > width && !l.includes("://"))).toEqual([]);
		}
	});

	it("has no escape sequence without colours, and only its own with them", () => {
		expect(formatReport(hostileReport(), "text", PLAIN)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
		const coloured = formatReport(hostileReport(), "text", { width: 100, colour: true });
		expect(coloured.match(/\u001b\[\d+m/g)?.length).toBe(coloured.match(/\u001b/g)?.length);
	});

	it("says findings, causes, remediations, gaps and evidence with their numbers", () => {
		const text = formatReport(buildReport(), "text", PLAIN);
		for (const part of [
			"- checkout throws TypeError 40 times a minute [E1]",
			"(not validated)",
			"1. checkout (score 0.9)",
			"undo: none is needed",
			"DiskSpace: not explained",
			"grafana failed",
			"https://sentry.example/1",
			"the deploy of payments: it came after the onset",
			"no model used",
		]) {
			expect(text).toContain(part);
		}
	});
});

describe("json", () => {
	it("is the report, whole", () => {
		const text = formatReport(hostileReport(), "json", PLAIN);
		expect(IncidentReport.parse(JSON.parse(text))).toEqual(hostileReport());
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
	});
});

describe("html", () => {
	const html = formatReport(hostileReport(), "html", PLAIN);

	it("is one page without scripts, images or anything fetched, and forbids them", () => {
		expect(html).toContain("default-src 'none'");
		expect(html).not.toMatch(/<(script|img|iframe|link|object|embed|svg)\b/i);
		expect(html).not.toMatch(/\s(src|on\w+)\s*=\s*["']/i);
		const opened = html.match(/<[a-z][a-z0-9]*/gi) ?? [];
		expect([...new Set(opened)].sort()).toEqual([
			"<body",
			"<code",
			"<dd",
			"<dl",
			"<dt",
			"<footer",
			"<h1",
			"<h2",
			"<head",
			"<html",
			"<li",
			"<main",
			"<meta",
			"<ol",
			"<p",
			"<section",
			"<span",
			"<style",
			"<title",
			"<ul",
		]);
	});

	it("makes no link of anything but a web address", () => {
		expect(html).not.toContain("href=");
		expect(formatReport(buildReport(), "html", PLAIN)).toContain('<a href="https://sentry.example/1" rel="noopener noreferrer">source</a>');
	});
});

describe("markdown", () => {
	const markdown = formatReport(hostileReport(), "markdown", PLAIN);

	it("has no link, image, tag, mention or heading of the telemetry's", () => {
		const outside = markdown.replace(/(`+) .*? \1/g, "");
		expect(outside).not.toMatch(/(?<!\\)!?\[[^\]\\]*\]\(/);
		expect(outside.replace(/<\/?sub>/g, "")).not.toMatch(/<[a-z!/]/i);
		expect(outside).not.toMatch(/@\w/);
		expect(outside).not.toMatch(/https?:\/\//);
		expect(markdown.match(/^# /gm)).toHaveLength(1);
	});

	it("links to the source's own page", () => {
		expect(formatReport(buildReport(), "markdown", PLAIN)).toContain("([source](<https://sentry.example/1>))");
	});

	it("escapes text, and fences what holds backticks", () => {
		expect(escapeMarkdown("- a_b *c* <d> 1.")).toBe("\\- a\\_b \\*c\\* &lt;d&gt; 1.");
		expect(codeSpan("a `` b")).toBe("``` a `` b ```");
	});
});

describe("dot", () => {
	const graph: IncidentGraph = {
		nodes: [
			{ resource: "checkout", kind: "service", role: "cause", score: 0.9, abnormal: 1, victimOf: null, reasons: ["it throws"] },
			{
				resource: HOSTILE,
				kind: "service",
				role: "victim",
				score: 0.1,
				abnormal: 0.5,
				victimOf: "checkout",
				reasons: [HOSTILE, 'a "b" \\'],
			},
		],
		edges: [
			{
				from: HOSTILE,
				to: "checkout",
				kind: "calls",
				learnedFrom: ["spans"],
				weight: 3,
				carried: true,
				lagMs: 12_000,
				before: { count: 2, errorShare: 0, medianMs: 4 },
				during: { count: 2, errorShare: 0.5, medianMs: 9 },
			},
			{ from: "checkout", to: "not drawn", kind: "calls", learnedFrom: ["spans"], weight: 1, carried: false, lagMs: null },
		],
	};

	it("draws each resource once, and the edges between them with what changed", () => {
		const lines = formatReport(buildReport({ graph }), "dot", PLAIN).split("\n");
		expect(lines[0]).toBe("digraph incident {");
		expect(lines.filter((l) => l.includes(" -> ")).length).toBe(1);
		expect(lines.find((l) => l.includes(" -> "))).toMatch(/label="4 -> 9 ms, 50 % failed".*12 s after the callee's".*penwidth=3/);
		expect(lines.find((l) => l.startsWith('  "checkout" ['))).toContain('label="checkout\\nservice, cause, score 0.90"');
	});

	it("holds hostile text in its strings", () => {
		const text = formatReport(buildReport({ graph, title: HOSTILE }), "dot", PLAIN);
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
		// without its strings there is nothing but the language itself
		expect(text.replace(/"(?:[^"\\]|\\.)*"/g, "_")).toMatch(/^[\w\s{}[\]=,;>-]*$/);
	});

	it("is an empty graph where a stored report has none", () => {
		expect(formatReport(buildReport(), "dot", PLAIN)).toContain("digraph incident {");
	});
});

describe("answers", () => {
	const report = buildReport();

	it("are said with the evidence that they cite", () => {
		const text = formatAnswer(answerQuestion("why?", report), report, "text", PLAIN);
		expect(text).toMatch(/^Cause: checkout: it throws since the deploy \[E1, E2\]\n/);
		expect(text).toContain('"TypeError: price is undefined"\n    https://sentry.example/1');
		expect(JSON.parse(formatAnswer(answerQuestion("why?", report), report, "json", PLAIN)).answer.intent).toBe("why");
	});

	it.each(FORMATS)("are harmless on a hostile report: %s", (format) => {
		const hostile = hostileReport();
		const text = formatAnswer(answerQuestion(`why ${HOSTILE}`, hostile), hostile, format, PLAIN);
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
		if (format === "html") expect(text).not.toMatch(/<(script|img)/i);
	});
});

describe("doctor", () => {
	it("says what works, what does not and how to mend it", () => {
		const text = formatDoctor(
			[
				{ name: "node", status: "ok", detail: "Node 24" },
				{
					name: "sentry",
					status: "fail",
					detail: `UNAUTHORIZED: ${HOSTILE}`,
					hint: "make a new token",
					checks: [{ name: "errors", ok: false, detail: "no", hint: "scope event:read" }],
				},
			],
			{ width: 80, colour: false },
		);
		expect(text).toMatch(/^ok {3}node {10}Node 24\nFAIL sentry {8}UNAUTHORIZED/);
		expect(text).toContain("Try: make a new token");
		expect(text).toContain("FAIL errors: no");
		expect(text).toContain("Not working: sentry.");
		expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
		expect(text.split("\n").every((l) => l.length <= 80)).toBe(true);
	});
});

describe("fold", () => {
	it("breaks a word that is longer than the width", () => {
		expect(fold("ab abcdefgh", 5, " ")).toEqual(["ab", " abcd", " efgh"]);
	});
});
