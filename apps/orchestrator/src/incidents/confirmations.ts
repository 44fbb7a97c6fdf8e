import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type IncidentReport } from "@faultline/contracts";
import { z } from "zod";
import { nearest } from "../config/nearest.ts";
import { fileId, writeWhole } from "./whole-file.ts";

const Graph = z.object({
	id: z.string(),
	nodes: z.array(z.string()),
	edges: z.array(z.tuple([z.number(), z.number()])),
	alerts: z.array(z.object({ kind: z.string(), node: z.string(), token: z.array(z.string()) })),
});

/** An incident whose cause a person named, with all that is learned from it: it needs neither the report nor the evidence any more. */
export const ConfirmedIncident = z.object({
	schema: z.literal("faultline.confirmed/1"),
	id: z.string(),
	/** Null: there was no incident. */
	cause: z.string().nullable(),
	at: z.string(),
	/** Whether a change was blamed: the ranking then follows the change. */
	changeBlamed: z.boolean(),
	/** Null of a report that was made before observations were kept. */
	graph: Graph.nullable(),
	/** What the ranking that learns nothing gave each node of the graph. */
	untrained: z.array(z.number()),
});
export type ConfirmedIncident = z.infer<typeof ConfirmedIncident>;

type Confirmed = NonNullable<IncidentReport["confirmed"]>;

/** What people said the causes were: one JSON file per incident, written whole or not at all. */
export interface Confirmations {
	/** A second word on one incident replaces the first. @throws BAD_INPUT where the cause is none of the report's resources, naming some */
	confirm(report: IncidentReport, cause: string | null, now: number): Promise<ConfirmedIncident>;
	/** @returns whether anything was known of it */
	forget(id: string): Promise<boolean>;
	of(id: string): Promise<Confirmed | undefined>;
	/** By id. */
	all(): Promise<ConfirmedIncident[]>;
}

export function folderConfirmations(directory: string): Confirmations {
	const folder = join(directory, "confirmed");
	const path = (id: string) => join(folder, `${fileId(id)}.json`);
	const read = async (file: string): Promise<ConfirmedIncident | undefined> => {
		const text = await readFile(file, "utf8").catch(() => "");
		try {
			return ConfirmedIncident.safeParse(JSON.parse(text)).data;
		} catch {
			return undefined;
		}
	};
	return {
		async confirm(report, cause, now) {
			if (cause !== null) requireResource(report, cause);
			const confirmed = await confirmedOf(report, cause, now);
			await writeWhole(folder, `${fileId(report.id)}.json`, JSON.stringify(confirmed));
			return confirmed;
		},
		async forget(id) {
			const known = (await read(path(id))) !== undefined;
			await rm(path(id), { force: true });
			return known;
		},
		async of(id) {
			const found = await read(path(id));
			return found === undefined ? undefined : { cause: found.cause, at: found.at };
		},
		async all() {
			const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json") && !name.startsWith(".")).sort();
			const found = await Promise.all(names.map((name) => read(join(folder, name))));
			return found.filter((one) => one !== undefined);
		},
	};
}

async function confirmedOf(report: IncidentReport, cause: string | null, now: number): Promise<ConfirmedIncident> {
	// Heavy, and every server opens a store.
	const { alertGraphOf } = await import("@faultline/correlation");
	const graph = report.graph === undefined ? undefined : alertGraphOf(report.id, report.graph);
	const scores = new Map(report.graph?.nodes.map((node) => [node.resource, node.untrainedScore ?? node.score]));
	return {
		schema: "faultline.confirmed/1",
		id: report.id,
		cause,
		at: new Date(now).toISOString(),
		changeBlamed: report.change !== null,
		graph: graph === undefined ? null : Graph.parse(graph),
		untrained: graph?.nodes.map((node) => scores.get(node) ?? 0) ?? [],
	};
}

/** How many names an error gives. */
const NAMED = 12;

function requireResource(report: IncidentReport, cause: string): void {
	const known = [...new Set([...report.rootCauses.map((c) => c.resource), ...(report.graph?.nodes.map((n) => n.resource) ?? [])])];
	if (known.includes(cause)) return;
	const near = nearest(cause, known);
	const listed = `${known.slice(0, NAMED).join(", ")}${known.length > NAMED ? ` and ${known.length - NAMED} more` : ""}`;
	throw new AppError("BAD_INPUT", `"${cause.slice(0, 80)}" is no resource of ${report.id}`, {
		hint: near === undefined ? `one of ${listed}` : `did you mean ${near}? The resources: ${listed}`,
	});
}
