import type { IncidentGraph, IncidentReport } from "@faultline/contracts";
import { plain } from "@faultline/orchestrator/incidents/plain-text";

type Node = IncidentGraph["nodes"][number];
type Edge = IncidentGraph["edges"][number];

/** Of a line in the picture. */
const MOST_CHARS = 160;

const FILL: Record<Node["role"], string> = { cause: "#f4a3a3", victim: "#f8d7a0", abnormal: "#f4efb0", healthy: "#ffffff" };

/** The incident's graph in Graphviz' DOT language, for `dot -Tsvg`: the cause red, what it reached orange, the way that it took bold. */
export function formatDot(report: IncidentReport): string {
	const { nodes, edges } = report.graph ?? { nodes: [], edges: [] };
	const shown = new Set(nodes.map((node) => node.resource));
	return [
		"digraph incident {",
		`  label=${quote(report.title)}; labelloc=t; rankdir=LR;`,
		'  node [shape=box, style="rounded,filled", fontname="Helvetica"]; edge [fontname="Helvetica", fontsize=10];',
		...nodes.map(
			(node) =>
				`  ${quote(node.resource)} [label=${quote(labelOf(node))}, fillcolor="${FILL[node.role]}", tooltip=${quote(node.reasons.join("\n"))}];`,
		),
		...edges
			.filter(({ from, to }) => shown.has(from) && shown.has(to))
			.map(
				(edge) =>
					`  ${quote(edge.from)} -> ${quote(edge.to)} [label=${quote(callsOf(edge))}, tooltip=${quote(wordsOf(edge))}${edge.carried ? ", penwidth=3" : ""}];`,
			),
		"}",
		"",
	].join("\n");
}

const labelOf = ({ resource, kind, score, role }: Node): string =>
	role === "healthy" ? `${resource}\n${kind}` : `${resource}\n${kind}, ${role}, score ${score.toFixed(2)}`;

/** What changed along the edge; nothing where nothing was traced. */
function callsOf({ before, during }: Edge): string {
	if (during?.medianMs == null || before?.medianMs == null) return "";
	const failed = during.errorShare ?? 0;
	return `${before.medianMs} -> ${during.medianMs} ms${failed > 0 ? `, ${(100 * failed).toFixed(0)} % failed` : ""}`;
}

function wordsOf({ kind, learnedFrom, weight, lagMs }: Edge): string {
	const lag =
		lagMs === null
			? ""
			: `; the caller's trouble began ${Math.abs(lagMs / 1_000).toFixed(0)} s ${lagMs < 0 ? "before" : "after"} the callee's`;
	return `${kind}, learned from ${learnedFrom.join(", ")}, weight ${weight}${lag}`;
}

/** A DOT string: telemetry may hold quotes, backslashes, escapes and line breaks, none of which may end it or be drawn as markup. */
const quote = (text: string): string =>
	`"${text
		.split("\n")
		.map((line) => plain(line, MOST_CHARS).replace(/\\/g, "\\\\").replace(/"/g, '\\"'))
		.join("\\n")}"`;
