import { plain } from "@faultline/orchestrator/incidents/plain-text";
import type { ListedModel, ModelList } from "@faultline/orchestrator/models/list-models";
import { createColors } from "picocolors";
import { fold } from "./format-text.ts";

/** A block per model: what it is, what it was trained on, its figures, and how often its kept vectors were used. */
export function formatModels({ models, store, chosen }: ModelList, { width, colour }: { width: number; colour: boolean }): string {
	const c = createColors(colour);
	const paint = { ok: c.green, unverified: c.yellow, damaged: c.red };
	const lines = models.flatMap((model) => [
		`${paint[model.status](model.status.padEnd(11))}${c.bold(model.name)}${model.isDefault ? " (default)" : ""}  ${summary(model)}`,
		...details(model).flatMap((line) => fold(`           ${plain(line, 400)}`, width, "             ")),
	]);
	const kept = `Vectors are kept in ${store.kind}${store.problem === undefined ? "" : `: ${plain(store.problem, 300)}`}.`;
	return `${[...lines, "", `The configuration chooses: ${plain(chosen, 200)}. ${kept}`].join("\n")}\n`;
}

function summary({ task, dimensions, input, quantisation, bytes, licence }: ListedModel): string {
	const size = bytes === undefined ? undefined : `${(bytes / 1e6).toFixed(1)} MB`;
	const length = dimensions === undefined ? undefined : `${dimensions} dimensions`;
	return [task, length, size, quantisation, input === undefined ? undefined : `${input} lines`, licence]
		.filter((part) => part !== undefined)
		.join(", ");
}

function details({ detail, hint, folder, corpus = [], figures = {}, cache }: ListedModel): string[] {
	const trained = corpus.map((c) => `${c.name}${c.licence === undefined ? "" : ` (${c.licence})`}`);
	const numbers = Object.entries(figures).flatMap(([name, value]) => (typeof value === "number" ? [`${name} ${value}`] : []));
	const counts =
		cache === undefined
			? undefined
			: `cache: ${cache.hits} hits, ${cache.misses} misses${cache.vectors === undefined ? "" : `, ${cache.vectors} vectors kept`}`;
	return [
		detail,
		hint === undefined ? undefined : `Try: ${hint}`,
		folder,
		trained.length === 0 ? undefined : `trained on ${trained.join(", ")}`,
		numbers.length === 0 ? undefined : numbers.join(", "),
		counts,
	].filter((line) => line !== undefined);
}
