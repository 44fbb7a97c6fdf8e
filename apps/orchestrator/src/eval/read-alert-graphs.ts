import { AppError } from "@faultline/contracts";
import { z } from "zod";
import type { InputLine } from "../logs/read-lines.ts";

const AlertGraphLine = z
	.object({
		id: z.union([z.string(), z.number()]).transform(String),
		nodes: z.array(z.string()).min(1),
		edges: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])).default([]),
		alerts: z.array(z.object({ kind: z.string(), node: z.string(), token: z.array(z.string()) })).default([]),
	})
	.refine((graph) => new Set(graph.nodes).size === graph.nodes.length, { path: ["nodes"], message: "a node is named twice" })
	.refine((graph) => graph.edges.every((edge) => edge.every((end) => end < graph.nodes.length)), {
		path: ["edges"],
		message: "an edge ends at a node that is not there",
	});
const Label = z.object({ root: z.string() });

export type AlertGraphLine = z.infer<typeof AlertGraphLine>;
export type LabelledLine = AlertGraphLine & z.infer<typeof Label>;

/** Alert graphs from NDJSON, without their label. @throws BAD_INPUT with the file and the line that is wrong */
export async function* readAlertGraphs(lines: AsyncIterable<InputLine>, name: string): AsyncGenerator<AlertGraphLine> {
	for await (const { value, refuse } of readJson(lines, name)) yield checked(AlertGraphLine.safeParse(value), refuse);
}

/** Alert graphs with the node that caused each. @throws BAD_INPUT with the file and the line that is wrong */
export async function* readLabelledGraphs(lines: AsyncIterable<InputLine>, name: string): AsyncGenerator<LabelledLine> {
	for await (const { value, refuse } of readJson(lines, name)) {
		const graph = checked(AlertGraphLine.safeParse(value), refuse);
		const label = checked(Label.safeParse(value), refuse);
		if (!graph.nodes.includes(label.root)) throw refuse("root: it is none of the nodes");
		yield { ...graph, ...label };
	}
}

type Refuse = (why: string) => AppError;

async function* readJson(lines: AsyncIterable<InputLine>, name: string): AsyncGenerator<{ value: unknown; refuse: Refuse }> {
	for await (const line of lines) {
		if (line.text.trim() === "") continue;
		const refuse: Refuse = (why) =>
			new AppError("BAD_INPUT", `${name}, line ${line.number}: ${why}`, {
				hint: 'one graph per line: {"id", "nodes": [name], "edges": [[0, 1]], "alerts": [{"kind", "node", "token": [text]}], "root"}',
			});
		if (line.truncated) throw refuse("it is longer than 16 MiB");
		if (line.repaired) throw refuse("it is not UTF-8");
		let value: unknown;
		try {
			value = JSON.parse(line.text);
		} catch {
			throw refuse("it is not JSON");
		}
		yield { value, refuse };
	}
}

function checked<T>(parsed: z.ZodSafeParseResult<T>, refuse: Refuse): T {
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw refuse(`${issue?.path.length ? issue.path.join(".") : "the graph"}: ${issue?.message ?? "invalid"}`);
}
