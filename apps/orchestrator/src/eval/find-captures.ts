import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "@faultline/contracts";

export interface FoundCapture {
	set: string;
	id: string;
	directory: string;
}

/**
 * The captures with a truth.json beside them, by set and id: `root` itself, its folders, and their folders. A set is the folder that
 * captures lie in. @throws BAD_INPUT where there is none
 */
export async function findCaptures(root: string, sets: readonly string[] = []): Promise<FoundCapture[]> {
	const folder = resolve(root);
	if (!(await stat(folder).catch(() => undefined))?.isDirectory())
		throw new AppError("BAD_INPUT", `there is no folder at ${root}`, { hint: "give a folder of captures, or of sets of captures" });
	const found: FoundCapture[] = [];
	const visit = async (directory: string, set: string, depth: number): Promise<void> => {
		const entries = await readdir(directory, { withFileTypes: true });
		const files = new Set(entries.map((entry) => entry.name));
		if (files.has("truth.json") && (files.has("capture.json") || files.has("capture.json.gz"))) {
			found.push({ set, id: basename(directory), directory });
			return;
		}
		if (depth === 0) return;
		for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1)))
			await visit(join(directory, name), basename(directory), depth - 1);
	};
	await visit(folder, basename(folder), 2);
	const unknown = sets.filter((set) => !found.some((capture) => capture.set === set));
	if (unknown.length > 0 && found.length > 0)
		throw new AppError("BAD_INPUT", `${root} has no set ${unknown.join(", ")}`, {
			hint: `it has ${[...new Set(found.map((capture) => capture.set))].join(", ")}`,
		});
	if (found.length === 0)
		throw new AppError("BAD_INPUT", `${root} holds no capture with a truth.json`, {
			hint: "a capture is a folder with capture.json; beside it, truth.json says what caused the incident",
		});
	return sets.length === 0 ? found : found.filter((capture) => sets.includes(capture.set));
}
